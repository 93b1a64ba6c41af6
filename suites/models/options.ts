/**
 * Options that all networks have.
 *
 * @module
 */

/** Options of networks that classify. */
export interface NetworkOptions {
  /** Outputs of the last layer. @default the classes of the data set that the network was made for */
  readonly classes?: number;
  /** Seed of the weights. @default {1} */
  readonly seed?: number;
  /** Height and width of the input in pixels. @default what the paper says */
  readonly size?: number;
  /** Multiplies the numbers of filters, the outputs apart. @default {1} */
  readonly width?: number;
  /**
   * Share of the outputs of hidden fully connected layers that training drops; the papers' networks
   * that have such layers were trained with 0.5.
   *
   * @default {0}: the graph has no dropout
   */
  readonly dropout?: number;
}

/** Options of networks that classify clips. */
export interface VideoNetworkOptions extends NetworkOptions {
  /** Frames of a clip. @default {16} */
  readonly frames?: number;
}
