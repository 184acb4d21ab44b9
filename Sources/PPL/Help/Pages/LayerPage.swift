import PPLSemantics
import PPLSyntax
import PPLTypeSystem

/// The page of the layers: what help says of them, and axes and weights as the checker finds them.
package enum LayerPage {
  package static var text: String {
    var text = """
      # Layers

      What nets are made of, with settings, axes and weights; `?Dense` in the session shows the same. Written from the layers' own signatures.

      A layer stands in the text of a `net`, behind `|>`, and is applied to one example; how nets are declared is in [values and functions](ValuesAndFunctions.md). A dimension may
      stand where units, channels or axes are asked for: what comes out then has that axis. An activation is applied to what the layer gives. Each layer in the text owns its
      weights: the first `Dense` of a net `f` has `f.dense_1.weight`, `f.weights` are those of the net together. Names, axes and starts of weights follow PyTorch. `init` is one of
      \(Initialization.allCases.map { "`\($0.rawValue)`" }.joined(separator: ", ")).

      In the lines of axes, `feature` has \(size("feature")) elements, `step` \(size("step")), `place` \(size("place")), `row` and `col` \(size("row")) each, and `word` is a dimension of \(size("word")).

      """
    for kind in LayerKind.allCases { text += section(kind) }
    return text
  }

  private static let dimensions = [
    ("feature", 8), ("step", 10), ("place", 6), ("row", 12), ("col", 12), ("word", 20),
  ]

  private static func size(_ dimension: String) -> Int {
    dimensions.first { $0.0 == dimension }?.1 ?? 0
  }

  private static func section(_ kind: LayerKind) -> String {
    let signature = kind.signature
    var text = """

      ## \(kind.rawValue)

      \(kind.summary.prefix(1).uppercased() + kind.summary.dropFirst()).

      \(shapes(of: kind))

      """
    guard !signature.parameters.isEmpty else { return text }
    text += "\n| setting | values | default |\n|---|---|---|\n"
    for parameter in signature.parameters {
      let standard = parameter.isRequired ? "needed" : parameter.standard.words
      text += "| `\(parameter.name)` | \(parameter.setting.words) | \(standard) |\n"
    }
    return text
  }

  /// Axes and weights of the layer's example.
  private static func shapes(of kind: LayerKind) -> String {
    let program = Program(name: "layer", text: program(of: kind))
    precondition(program.isValid, "the example of \(kind.rawValue) is a program")
    guard let net = program.model.nets.first, let result = net.results.first else { return "" }
    let operands = net.parameterTypes.dropFirst().enumerated().map { position, type in
      position == 0 ? "; beside it " + program.describe(type) : " and " + program.describe(type)
    }
    let input = net.parameterTypes.first.map { program.describe($0) } ?? ""
    var output = program.describe(result.type)
    if !net.fields.isEmpty {
      let fields = zip(net.fields, net.results).map { "\($0): \(program.describe($1.type))" }
      output = "(" + fields.joined(separator: ", ") + ")"
    }
    let weights = net.layers.flatMap { program.model.layers[$0.index].weights }.map { id in
      let weight = program.model.variables[id.index]
      let name = weight.name.text.split(separator: ".").dropFirst(2).joined(separator: ".")
      return "`\(name)`: \(program.describe(weight.type))"
    }
    return "`\(kind.signature.example)` takes \(input)\(operands.joined()), gives \(output). "
      + (weights.isEmpty ? "No weights." : "Weights: \(weights.joined(separator: ", ")).")
  }

  /// A net that is the layer's example alone.
  private static func program(of kind: LayerKind) -> String {
    let declared = dimensions.map { "\($0.0) = \($0.1)" }.joined(separator: ", ")
    return "dim \(declared)\nnet f(x: \(input(of: kind))) = x |> \(kind.signature.example)\n"
  }

  /// The type of what the example is applied to, and what it takes besides.
  private static func input(of kind: LayerKind) -> String {
    switch kind {
    case .dense, .layerNormalization, .batchNormalization, .dropout: "real[feature]"
    case .flatten: "real[row, col]"
    case .reshape: "real[\(size("row") * size("col"))]"
    case .embedding: "word"
    case .convolution1, .transposedConvolution1, .maximumPool1, .averagePool1: "real[step]"
    case .convolution2, .transposedConvolution2, .maximumPool2, .averagePool2: "real[row, col]"
    case .recurrentCell, .gatedRecurrentCell: "real[feature], s: real[64]"
    case .longShortTermMemoryCell: "real[feature], s: (h: real[64], c: real[64])"
    case .crossAttention: "real[step, feature], m: real[place, feature]"
    case .recurrent, .longShortTermMemory, .gatedRecurrent, .attention, .transformerBlock,
      .positionalEmbedding, .positionalEncoding, .delay, .stepMean, .stepMaximum, .lastStep:
      "real[step, feature]"
    }
  }
}
