/**
 * @file Networks on their own: what `import … from 'labrador/nn'` gives. Layers and losses are functions of symbolic
 * tensors; a `Trainer` differentiates the loss and trains its parameters, `exportModel` writes what serves as an ONNX file.
 *
 * `ModelServer` runs files in threads, `openModel` in this one, `BlockingModel` for callers that cannot wait for a promise.
 */

export * from '../base/errors.ts'
export { type Measures, type Progress, type ProgressTask, silentProgress } from '../base/progress.ts'
export { createRandom, type Random, shuffle } from '../base/random.ts'
export type { Batch, BatchArray } from './batch.ts'
export {
  type BatchSource,
  type BatchTask,
  batchesFromWorkers,
  serveBatches,
  type TrainBatch,
} from './batches.ts'
export { type Bags, EmbeddingTable, type EmbeddingTableOptions } from './embedding-table.ts'
export { fullRows } from './embeddings/full.ts'
export { type HashedOptions, hashedRows } from './embeddings/hashed.ts'
export { quotientRemainderRows } from './embeddings/quotient-remainder.ts'
export type { RowMapping } from './embeddings/row-mapping.ts'
export { unifiedRows } from './embeddings/unified.ts'
export * from './errors.ts'
export { exportModel } from './export.ts'
export { gradients } from './gradients.ts'
export * from './initialisers.ts'
export {
  type AttentionPoolingOptions,
  attentionPooling,
  type History,
  type Pooling,
} from './layers/attention-pooling.ts'
export { type CrossingOptions, crossing } from './layers/crossing.ts'
export { dropout } from './layers/dropout.ts'
export { type Combination, combineRows, embedding } from './layers/embedding.ts'
export { type FeedForwardOptions, feedForward } from './layers/feed-forward.ts'
export { type GatingOptions, gating } from './layers/gating.ts'
export { forWidth, type Layer, widthOf } from './layers/layer.ts'
export { layerNorm } from './layers/layer-norm.ts'
export { type LinearOptions, linear } from './layers/linear.ts'
export { type MixtureOfLogitsOptions, type MixtureSide, mixtureOfLogits } from './layers/mixture-of-logits.ts'
export { type MlpOptions, mlp } from './layers/mlp.ts'
export {
  type AttentionInput,
  type AttentionOptions,
  multiHeadAttention,
} from './layers/multi-head-attention.ts'
export { type RelativeBias, relativeBias } from './layers/relative-bias.ts'
export { rmsNorm } from './layers/rms-norm.ts'
export { type TransformerBlockOptions, transformerBlock } from './layers/transformer-block.ts'
export type { LossScaleOptions } from './loss-scale.ts'
export { approximateNdcg } from './losses/approximate-ndcg.ts'
export { binaryCrossEntropy } from './losses/binary-cross-entropy.ts'
export { gaussianLoss } from './losses/gaussian.ts'
export { type InfoNceOptions, infoNce } from './losses/info-nce.ts'
export { listMle } from './losses/list-mle.ts'
export { listSoftmax } from './losses/list-softmax.ts'
export type { Lists } from './losses/lists.ts'
export { meanSquaredError } from './losses/mean-squared-error.ts'
export { bpr, pairwiseLogistic } from './losses/pairwise.ts'
export { type Candidates, type SampledSoftmaxOptions, sampledSoftmax } from './losses/sampled-softmax.ts'
export type { Emitter } from './onnx/emitter.ts'
export { affine } from './operators/affine.ts'
export { add, addAll, divide, multiply, negate, subtract } from './operators/arithmetic.ts'
export {
  and,
  cast,
  equal,
  greater,
  greaterOrEqual,
  less,
  lessOrEqual,
  maximum,
  minimum,
  not,
  where,
} from './operators/comparison.ts'
export { counted, diagonal, distances, upToHere } from './operators/counting.ts'
export { cumulativeSum } from './operators/cumulative-sum.ts'
export { gather, scatterAdd, scatterMax, take } from './operators/gather.ts'
export { maskedSoftmax } from './operators/masked-softmax.ts'
export { matmul } from './operators/matmul.ts'
export {
  concat,
  expand,
  filled,
  pad,
  reshape,
  slice,
  stopGradient,
  sum,
  sumTo,
  transpose,
} from './operators/movement.ts'
export { rootMeanSquare, standardise, unitLength } from './operators/normalisation.ts'
export * from './operators/pointwise.ts'
export { logSumExp, max, mean, min, sizeOf } from './operators/reductions.ts'
export {
  type BagOptions,
  embeddingBag,
  type Jagged,
  rowsOfOffsets,
  segmentMean,
  segmentSoftmax,
  segmentSum,
} from './operators/segments.ts'
export { cosine, dot, squaredDistance } from './operators/similarity.ts'
export { logSoftmax, softmax } from './operators/softmax.ts'
export { swiglu } from './operators/swiglu.ts'
export { topIndices, topValues } from './operators/top-k.ts'
export { adagrad } from './optimisers/adagrad.ts'
export { type AdamOptions, adamW } from './optimisers/adam.ts'
export { type LionOptions, lion } from './optimisers/lion.ts'
export type { Optimiser, UpdateInput } from './optimisers/optimiser.ts'
export { type SgdOptions, sgd } from './optimisers/sgd.ts'
export { PRECISIONS, type Precision } from './precision.ts'
export type { BatchSampler } from './sampling/batch-sampler.ts'
export { type LogQOptions, logQSampler } from './sampling/log-q-sampler.ts'
export { type MixedNegativesOptions, mixedNegatives } from './sampling/mixed-negatives.ts'
export { StreamingFrequency, type StreamingFrequencyOptions } from './sampling/streaming-frequency.ts'
export { constantRate, cosine as cosineDecay, linearDecay, type Schedule } from './schedule.ts'
export { BlockingModel } from './serving/blocking-model.ts'
export { ModelServer, type ModelServerOptions } from './serving/model-server.ts'
export { type ModelArray, type ModelArrays, type OpenModel, openModel } from './serving/open-model.ts'
export type { ModelType, Port, Signature } from './serving/signature.ts'
export { DEVICES, type Device, type SessionOptions } from './session.ts'
export type { Dim, Shape } from './shape.ts'
export type { TableInput } from './table-fill.ts'
export {
  apply,
  constant,
  type DType,
  type Fail,
  type Initialiser,
  input,
  noise,
  type Operand,
  type Operator,
  onlyFloats,
  parameter,
  type Tensor,
} from './tensor.ts'
export { type FitOptions, type FitReport, Trainer, type TrainerOptions } from './trainer.ts'
export { initialWeights, type Weights } from './weights.ts'
