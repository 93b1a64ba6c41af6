/**
 * The backend test cases that are not passed, all of them, each with its reason. Tests hold this
 * list to be exact: a case that is listed and passes fails them as well.
 *
 * @module
 */

/** Cases with one reason. */
export interface RefusedCases {
  /** Why no network of floats with fixed shapes has what these test. */
  readonly reason: string;
  /** Part of the error with which the file is refused. */
  readonly message: string;
  /** Names as in {@linkcode BackendCase}. */
  readonly cases: readonly string[];
}

function refused(reason: string, message: string, ...cases: readonly string[]): RefusedCases {
  return { reason, message, cases: cases.map((name) => `node/test_${name}`) };
}

/** Cases whose files are refused, as a user would be told. */
export const REFUSED_CASES: readonly RefusedCases[] = [
  refused(
    "not an operator of CNN inference here: indices of maxima are integers",
    "operator ArgMax",
    "argmax_default_axis_example",
    "argmax_default_axis_random",
    "argmax_default_axis_random_select_last_index",
    "argmax_keepdims_example",
    "argmax_keepdims_example_select_last_index",
    "argmax_keepdims_random",
    "argmax_keepdims_random_select_last_index",
    "argmax_negative_axis_keepdims_example",
    "argmax_negative_axis_keepdims_example_select_last_index",
    "argmax_no_keepdims_example",
    "argmax_no_keepdims_example_select_last_index",
    "argmax_no_keepdims_random",
    "argmax_no_keepdims_random_select_last_index",
  ),
  refused(
    "not an operator of CNN inference here: indices of boxes are integers, and how many depends on " +
      "the values; suites decode boxes outside the network",
    "operator NonMaxSuppression",
    "nonmaxsuppression_flipped_coordinates",
    "nonmaxsuppression_identical_boxes",
    "nonmaxsuppression_limit_output_size",
    "nonmaxsuppression_single_box",
    "nonmaxsuppression_suppress_by_IOU",
    "nonmaxsuppression_suppress_by_IOU_and_scores",
    "nonmaxsuppression_two_batches",
    "nonmaxsuppression_two_classes",
  ),
  refused(
    "not an operator of CNN inference here: it sorts, and gives integers",
    "operator TopK",
    "top_k",
    "top_k_negative_axis",
    "top_k_smallest",
  ),
  refused(
    "not an operator of CNN inference here: positions are read that other values say",
    "operator DeformConv",
    "basic_deform_conv_with_padding",
  ),
  refused(
    "crops that are found at run time are the second stage of a detector",
    "coordinate_transformation_mode=tf_crop_and_resize",
    "resize_tf_crop_and_resize",
    "resize_tf_crop_and_resize_axes_2_3",
    "resize_tf_crop_and_resize_axes_3_2",
    "resize_tf_crop_and_resize_extrapolation_value",
  ),
  refused(
    "shapes are fixed, so what is said of them is a constant and no output",
    "element type INT64",
    "shape",
    "size",
    "size_example",
  ),
  refused(
    "networks compute with floats: 64-bit integers",
    "element type INT64",
    "max_int64",
    "where_long_example",
  ),
  refused(
    "networks compute with floats: 32-bit integers",
    "element type INT32",
    "edge_pad",
    "max_int32",
    "min_int32",
    "reflect_pad",
    "wrap_pad",
  ),
  refused(
    "networks compute with floats: 8-bit integers",
    "element type INT8",
    "clip_default_int8_inbounds",
    "clip_default_int8_max",
    "clip_default_int8_min",
  ),
  refused(
    "networks compute with floats: booleans",
    "element type BOOL",
    "dropout_default_mask_ratio",
    "reduce_max_bool_inputs",
  ),
  refused(
    "a second output of integers, which only training needs",
    "indices",
    "maxpool_with_argmax_2d_precomputed_pads",
  ),
  refused(
    "a value without elements",
    "shape [2, 0, 4] is not static",
    "reduce_max_empty_set",
    "reduce_sum_empty_set",
    "reduce_sum_square_empty_set",
  ),
  refused(
    "a value without elements",
    "at least 1: current value is [",
    "reshape_allowzero_reordered",
    "split_zero_size_splits_opset13",
    "split_zero_size_splits_opset18",
  ),
  {
    reason: "networks compute with floats: 64-bit integers",
    message: "element type INT64",
    cases: ["pytorch-operator/test_operator_non_float_params"],
  },
];

/** Cases that are run as ONNX Runtime runs them, which is not what is expected; and why. */
export const DIFFERENT_CASES: ReadonlyMap<string, string> = new Map([
  [
    "node/test_averagepool_3d_dilations_large_count_include_pad_is_1_ceil_mode_is_True",
    "positions behind the padding are counted, where ONNX Runtime and PyTorch leave them out",
  ],
  [
    "node/test_resize_downsample_scales_cubic_align_corners",
    "corners are aligned as if the output were 3.2 long, where the standard's text and ONNX " +
    "Runtime take its extent of 3",
  ],
]);
