import { assert, assertEquals, assertLess } from "@std/assert";
import { fileURLToPath } from "node:url";
import type { Tensor } from "../../graph/tensor.ts";
import { loadClip } from "./clip.ts";
import { parseNpy } from "./npy.ts";
import { c3dProtocol } from "./protocol.ts";
import { hasFfmpeg, npyFile, npyHeader, withFolder } from "./testing.ts";

const action = fileURLToPath(new URL("../../../shared/data/action", import.meta.url));
const present = await Deno.stat(action).then(() => true, () => false);
const options = { seed: 1 };

/** An entry of a `.npz` file, which is a zip archive of `.npy` files. */
async function npzEntry(path: string, name: string) {
  const bytes = await Deno.readFile(path);
  const view = new DataView(bytes.buffer);
  const END = 22; // of the end record, here without a comment
  let at = view.getUint32(bytes.length - END + 16, true);
  for (let i = view.getUint16(bytes.length - END + 10, true); i > 0; i--) {
    const [nameBytes, extra, comment] = [28, 30, 32].map((o) => view.getUint16(at + o, true));
    const entry = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameBytes));
    if (entry === `${name}.npy`) {
      const local = view.getUint32(at + 42, true);
      const start = local + 30 + view.getUint16(local + 26, true) +
        view.getUint16(local + 28, true);
      const packed = bytes.subarray(start, start + view.getUint32(at + 20, true));
      const stream = new Blob([packed]).stream().pipeThrough(
        new DecompressionStream("deflate-raw"),
      );
      return parseNpy(new Uint8Array(await new Response(stream).arrayBuffer()), entry);
    }
    at += 46 + nameBytes + extra + comment;
  }
  throw new Error(`no entry ${name}`);
}

/** Value of channel `c` before the mean was subtracted, 0..255. */
function level(clip: Tensor, c: number, t: number, y: number, x: number): number {
  return clip.get(0, c, t, y, x) + c3dProtocol.mean[c];
}

Deno.test({
  name: "film strips give the frames that NumPy stored of the same clips (needs ../shared)",
  ignore: !present,
  async fn() {
    const set = `${action}/weizmann4`;
    const gray = await npzEntry(`${set}/weizmann4_gray64.npz`, "frames");
    assert(gray.dtype === "|u1");
    const index = (await Deno.readTextFile(`${set}/index.csv`)).trim().split("\n").slice(1);
    let offset = 0;
    for (const [i, row] of index.entries()) {
      const [, , file, , frames] = row.split(",");
      const count = Number(frames);
      // Every ninth will do: one clip of each action.
      if (i % 9 === 0) {
        const clip = await loadClip(`${set}/${file}`, c3dProtocol, options);
        const first = Math.floor((count - 16) / 2);
        assertEquals(
          clip.description,
          `film strip ${file} (${count} frames), frames ${first + 1}-${first + 16} of ${count}`,
        );
        await withFolder(async (folder) => {
          const data = gray.data.subarray(offset * 64 * 64, (offset + count) * 64 * 64);
          const path = `${folder}/gray.npy`;
          await Deno.writeFile(path, npyFile(npyHeader("|u1", [count, 64, 64]), data));
          const expected = await loadClip(path, c3dProtocol, options);
          let worst = 0;
          for (let t = 0; t < 16; t++) {
            for (let y = 0; y < 112; y++) {
              for (let x = 0; x < 112; x++) {
                const [r, g, b] = [0, 1, 2].map((c) => level(clip.tensor, c, t, y, x));
                const luma = 0.299 * r + 0.587 * g + 0.114 * b;
                worst = Math.max(worst, Math.abs(luma - level(expected.tensor, 0, t, y, x)));
              }
            }
          }
          // The stored gray levels are whole numbers.
          assertLess(worst, 1.01, file);
        });
      }
      offset += count;
    }
    assertEquals(offset, gray.shape[0]);
  },
});

Deno.test({
  name: "mp4 clips agree with ffmpeg's own scaling and cropping (needs ../shared and ffmpeg)",
  ignore: !present || !await hasFfmpeg(),
  async fn() {
    for (const file of ["fight/fi001.mp4", "noFight/nofi001.mp4"]) {
      const path = `${action}/surv-fight/${file}`;
      const clip = await loadClip(path, c3dProtocol, options);
      const described = /^video (.*) \(ffmpeg\), frames (\d+)-(\d+) of (\d+)$/.exec(
        clip.description,
      );
      assert(described !== null, clip.description);
      const [first, last, count] = described.slice(2).map(Number);
      assertEquals([described[1], first], [file, Math.floor((count - 16) / 2) + 1]);
      const filter = `trim=start_frame=${first - 1}:end_frame=${last},` +
        "scale=171:128:flags=bilinear+accurate_rnd+full_chroma_int,crop=112:112:29:8";
      // deno-fmt-ignore
      const { stdout, success } = await new Deno.Command("ffmpeg", {
        args: ["-v", "error", "-i", path, "-vf", filter, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"],
      }).output();
      assert(success);
      assertEquals(stdout.length, 16 * 112 * 112 * 3);
      let total = 0;
      for (let i = 0; i < stdout.length; i++) {
        const [c, x, y] = [i % 3, Math.floor(i / 3) % 112, Math.floor(i / 3 / 112) % 112];
        const t = Math.floor(i / 3 / 112 / 112);
        total += Math.abs(level(clip.tensor, c, t, y, x) - stdout[i]);
      }
      // Half a level, as ffmpeg scales before it converts to RGB and rounds in between. A shift by
      // one pixel or one frame is 8 levels or more.
      assertLess(total / stdout.length, 0.5, file);
    }
  },
});
