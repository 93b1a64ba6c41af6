/**
 * Networks that classify images, as suites.
 *
 * @module
 */

import type { PictureProtocol } from "./datasets/picture.ts";
import { pictureInput } from "./inputs.ts";
import { buildAlexnet } from "./models/alexnet.ts";
import { buildGooglenet } from "./models/googlenet.ts";
import { buildResnet } from "./models/resnet.ts";
import { buildVgg16, buildVgg16Cifar } from "./models/vgg16.ts";
import { buildVggS } from "./models/vgg_s.ts";
import { IMAGE_ROWS } from "./rows.ts";
import type { Suite } from "./suite.ts";

/** ImageNet as torchvision's networks were trained on it. */
const imagenet: PictureProtocol = {
  name: "ImageNet",
  shorterSide: 256,
  height: 224,
  width: 224,
  mean: [123.675, 116.28, 103.53],
  std: [58.395, 57.12, 57.375],
};

/** ImageNet as Caffe's networks were trained on it: BGR, the mean of the images subtracted. */
const caffe: PictureProtocol = {
  ...imagenet,
  name: "ImageNet (Caffe)",
  order: "bgr",
  mean: [103.939, 116.779, 123.68],
  std: [1, 1, 1],
};

/** CIFAR-10, by the mean and deviation of its training images. */
const cifar: PictureProtocol = {
  name: "CIFAR-10",
  height: 32,
  width: 32,
  mean: [125.3, 123, 113.9],
  std: [63, 62.1, 66.7],
};

/** The networks of the papers on Tucker decomposition and AutoCompress; to add one, add its entry. */
export const CLASSIFICATION_SUITES: readonly Suite[] = [
  {
    id: "alexnet",
    description: "AlexNet, 227x227 images, 1000 classes: 61.0 M parameters, 0.7 GMACs",
    rate: 2.67,
    rateSource: "Kim et al. 2016 (Tucker): AlexNet reduced by 2.67x of its FLOPs",
    loadInput: pictureInput({ ...caffe, height: 227, width: 227 }),
    buildModel: (seed) => buildAlexnet({ seed }),
    rows: IMAGE_ROWS,
  },
  {
    id: "vgg-s",
    description: "VGG-S, 224x224 images, 1000 classes: 102.9 M parameters, 2.6 GMACs",
    rate: 4.8,
    rateSource: "Kim et al. 2016 (Tucker): VGG-S reduced by 4.80x of its FLOPs",
    loadInput: pictureInput(caffe),
    buildModel: (seed) => buildVggS({ seed }),
    rows: IMAGE_ROWS,
  },
  {
    id: "googlenet",
    description: "GoogLeNet, 224x224 images, 1000 classes: 7.0 M parameters, 1.6 GMACs",
    rate: 2.06,
    rateSource: "Kim et al. 2016 (Tucker): GoogLeNet reduced by 2.06x of its FLOPs",
    loadInput: pictureInput(caffe),
    buildModel: (seed) => buildGooglenet({ seed }),
    rows: IMAGE_ROWS,
  },
  {
    id: "vgg-16",
    description: "VGG-16, 224x224 images, 1000 classes: 138.4 M parameters, 15.5 GMACs",
    rate: 4.93,
    rateSource: "Kim et al. 2016 (Tucker): VGG-16 reduced by 4.93x of its FLOPs",
    loadInput: pictureInput(imagenet),
    buildModel: (seed) => buildVgg16({ seed }),
    rows: IMAGE_ROWS,
  },
  {
    id: "vgg-16-cifar",
    description: "VGG-16 for CIFAR-10, 32x32 images, 10 classes: 14.7 M parameters, 0.3 GMACs",
    rate: 8.8,
    rateSource: "AutoCompress, as NNI quotes it: 8.8x of the FLOPs with 52.2x of the weights",
    loadInput: pictureInput(cifar),
    buildModel: (seed) => buildVgg16Cifar({ seed }),
    rows: IMAGE_ROWS,
  },
  {
    id: "resnet-18-cifar",
    description: "ResNet-18 for CIFAR-10, 32x32 images, 10 classes: 11.2 M parameters, 0.6 GMACs",
    rate: 12.2,
    rateSource: "AutoCompress, as NNI quotes it: 12.2x of the FLOPs with 54.2x of the weights",
    loadInput: pictureInput(cifar),
    buildModel: (seed) => buildResnet({ depth: 18, stem: "cifar", seed }),
    rows: IMAGE_ROWS,
  },
  {
    id: "resnet-50-cifar",
    description: "ResNet-50 for CIFAR-10, 32x32 images, 10 classes: 23.5 M parameters, 1.3 GMACs",
    rate: 8.8,
    rateSource: "chosen, as no paper gives one: AutoCompress's 8.8x for VGG-16 on CIFAR-10",
    loadInput: pictureInput(cifar),
    buildModel: (seed) => buildResnet({ depth: 50, stem: "cifar", seed }),
    rows: IMAGE_ROWS,
  },
  {
    id: "resnet-18",
    description: "ResNet-18, 224x224 images, 1000 classes: 11.7 M parameters, 1.8 GMACs",
    rate: 3.3,
    rateSource: "AutoCompress: ResNet-18 pruned by 3.3x, there of its weights, here of its MACs",
    loadInput: pictureInput(imagenet),
    buildModel: (seed) => buildResnet({ depth: 18, seed }),
    rows: IMAGE_ROWS,
  },
  {
    id: "resnet-50",
    description: "ResNet-50, 224x224 images, 1000 classes: 25.6 M parameters, 4.1 GMACs",
    rate: 3.3,
    rateSource: "chosen, as AutoCompress gives only non-structured rates: its 3.3x for ResNet-18",
    loadInput: pictureInput(imagenet),
    buildModel: (seed) => buildResnet({ depth: 50, seed }),
    rows: IMAGE_ROWS,
  },
];
