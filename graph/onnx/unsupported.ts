/**
 * The error for what cannot be read.
 *
 * @module
 */

/**
 * Something that the normal form cannot say, or data that cannot be read: true of the file whatever
 * the shapes around it are, as opposed to shapes that do not fit.
 */
export class UnsupportedError extends RangeError {
  override name = "UnsupportedError";
}
