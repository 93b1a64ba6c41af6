import { assert, assertEquals, assertRejects } from "@std/assert";
import { Random } from "../../graph/random.ts";
import { hasFfmpeg, noise, withFolder, writeVideo } from "./testing.ts";
import { openVideo, readVideo } from "./video.ts";

const ignore = !await hasFfmpeg();

Deno.test({
  name: "openVideo() counts frames and reads exactly those asked for (needs ffmpeg)",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const random = new Random(61, "video");
      const frames = Array.from({ length: 37 }, () => noise(10, 14, random));
      const path = `${folder}/-odd: name%d.mkv`;
      await writeVideo(`file:${path}`, frames);
      const source = await openVideo(path);
      assertEquals(source.count, 37);
      assertEquals(
        source.description,
        `video ${folder.split("/").at(-1)}/-odd: name%d.mkv (ffmpeg)`,
      );
      for (const [first, count] of [[0, 37], [10, 16], [36, 1]]) {
        const read = await Array.fromAsync(source.read({ first, count }));
        assertEquals(read, frames.slice(first, first + count));
      }
      assertEquals(await Array.fromAsync(readVideo(path)), frames);
    });
  },
});

Deno.test({
  name: "openVideo() ends the decoder when its reader stops early or aborts (needs ffmpeg)",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const path = `${folder}/long.mkv`;
      const frame = noise(120, 160, new Random(62, "video"));
      await writeVideo(path, Array.from({ length: 24 }, () => frame));
      // The test runner reports a child process or a pipe that is left behind.
      for await (const read of (await openVideo(path)).read({ first: 0, count: 24 })) {
        assertEquals(read, frame);
        break;
      }
      const controller = new AbortController();
      const source = await openVideo(path, { signal: controller.signal });
      const reason = new Error("enough");
      await assertRejects(
        async () => {
          for await (const _ of source.read({ first: 0, count: 24 })) controller.abort(reason);
        },
        Error,
        "enough",
      );
      await assertRejects(() => openVideo(path, { signal: controller.signal }), Error, "enough");
      const late = new AbortController();
      const opening = openVideo(path, { signal: late.signal });
      late.abort(reason);
      await assertRejects(() => opening, Error, "enough");
    });
  },
});

Deno.test({
  name: "openVideo() refuses files that are no video, naming the file (needs ffmpeg)",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      const path = `${folder}/text.mp4`;
      await Deno.writeTextFile(path, "not a video");
      await assertRejects(
        () => openVideo(path),
        SyntaxError,
        `Cannot load clip "${path}" as it must be a video that ffmpeg can decode: current value is`,
      );
      // Sound only.
      const sound = `${folder}/sound.mkv`;
      // deno-fmt-ignore
      const args = ["-v", "error", "-f", "lavfi", "-i", "anullsrc=d=0.1", "-c:a", "flac", sound];
      assert((await new Deno.Command("ffmpeg", { args }).output()).success);
      await assertRejects(() => openVideo(sound), SyntaxError, "a file without video frames");
      for (const file of [path, sound]) {
        const rule = `Cannot load clip "${file}" as it must be a video that ffmpeg can decode`;
        await assertRejects(() => Array.fromAsync(readVideo(file)), SyntaxError, rule);
      }
    });
  },
});

Deno.test({
  name: "openVideo() does not follow a playlist to other places (needs ffmpeg)",
  ignore,
  async fn() {
    await withFolder(async (folder) => {
      let requests = 0;
      await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, () => {
        requests++;
        return new Response(null, { status: 404 });
      });
      const path = `${folder}/list.ts`;
      const url = `http://127.0.0.1:${server.addr.port}/clip.ts`;
      await Deno.writeTextFile(path, `#EXTM3U\n#EXTINF:1,\n${url}\n#EXT-X-ENDLIST\n`);
      await assertRejects(() => openVideo(path), SyntaxError, path);
      assertEquals(requests, 0);
    });
  },
});

Deno.test("openVideo() names the Debian package when ffmpeg is not installed", async () => {
  const path = Deno.env.get("PATH") ?? "";
  try {
    Deno.env.set("PATH", "/nonexistent");
    await assertRejects(
      () => openVideo("clip.mp4"),
      Error,
      'Cannot read a video as "ffprobe" must be on PATH (Debian package ffmpeg;',
    );
  } finally {
    Deno.env.set("PATH", path);
  }
});
