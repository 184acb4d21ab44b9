extension LayerKind {
  /// What it does, in one sentence without a full stop; help and documentation show it.
  package var summary: String {
    switch self {
    case .dense: "weights times the last axis, plus a bias, then an activation"
    case .flatten: "all elements along one axis, in row-major order"
    case .reshape: "the same elements along other axes"
    case .embedding: "a row of weights for each index"
    case .layerNormalization: "standardised along the last axis, then scaled and moved by weights"
    case .batchNormalization:
      "standardised over the examples of a step, then scaled and moved by weights"
    case .convolution1: "weights over a window that moves along one axis"
    case .convolution2: "weights over a window that moves along two axes"
    case .transposedConvolution1: "the adjoint of Conv1d, which enlarges an axis"
    case .transposedConvolution2: "the adjoint of Conv2d, which enlarges two axes"
    case .maximumPool1: "greatest element of each window along one axis"
    case .maximumPool2: "greatest element of each window along two axes"
    case .averagePool1: "mean of each window along one axis"
    case .averagePool2: "mean of each window along two axes"
    case .dropout: "zeros at random while a net is trained, nothing afterwards"
    case .recurrent: "states of a plain recursion over the steps of a series"
    case .longShortTermMemory: "states of a long short-term memory over the steps of a series"
    case .gatedRecurrent: "states of a gated recurrent unit over the steps of a series"
    case .recurrentCell: "one step of a plain recursion"
    case .longShortTermMemoryCell: "one step of a long short-term memory"
    case .gatedRecurrentCell: "one step of a gated recurrent unit"
    case .attention: "what each step takes from the others, weighted by how well they match"
    case .crossAttention:
      "what each step takes from another series, weighted by how well they match"
    case .transformerBlock: "attention and two dense layers, each added to its input and normalised"
    case .positionalEmbedding: "a vector of weights for each step, added to it"
    case .positionalEncoding: "sines and cosines that tell steps apart, added to them"
    case .delay: "each step is given what stood before it, zeros at first"
    case .stepMean: "mean over the steps of a series"
    case .stepMaximum: "greatest elements over the steps of a series"
    case .lastStep: "last step of a series"
    }
  }
}
