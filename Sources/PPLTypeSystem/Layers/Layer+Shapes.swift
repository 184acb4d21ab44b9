/// Why a layer cannot take a value.
package struct LayerShapeError: Error, Sendable, Hashable {
  /// What it takes, to stand behind its name.
  package var takes: String
  package var help: String?

  package init(takes: String, help: String? = nil) {
    self.takes = takes
    self.help = help
  }
}

extension Layer {
  /// The axes of what the layer gives for a value with these axes.
  ///
  /// Sizes that wait for data are nil; what can be told without them is checked.
  package func result(of input: [SizedAxis]) throws(LayerShapeError) -> [SizedAxis] {
    switch self {
    case .dense(let units, _, _):
      guard !input.isEmpty else {
        throw LayerShapeError(
          takes: "a vector, or several along leading axes",
          help: "a list makes a vector of numbers: `[x] |> Dense(…)`"
        )
      }
      return input.dropLast() + [units]
    case .flatten:
      return [.anonymous(count(input))]
    case .reshape(let axes):
      if let have = count(input), let want = count(axes), have != want {
        throw LayerShapeError(takes: "\(want) elements here, and these are \(have)")
      }
      return axes
    case .embedding(let units, _):
      return input + [units]
    case .layerNormalization, .batchNormalization:
      guard !input.isEmpty else {
        throw LayerShapeError(takes: "a vector", help: "a list makes one of numbers: `[x]`")
      }
      return input
    case .convolution(let window, let channels, let isTransposed, _, _):
      return [channels] + (try moved(window, over: input, isTransposed: isTransposed))
    case .pool(let window, _):
      let places = try moved(window, over: input, isTransposed: false)
      return input.dropLast(window.rank) + places
    case .dropout: return input
    case .recurrent(_, let units, let isBidirectional, _):
      guard input.count == 2 else { throw Self.noSeries }
      return [
        input[0], isBidirectional ? .anonymous(units.size.map { Self.product(2, $0) }) : units,
      ]
    case .recurrentCell(_, let units, _):
      guard input.count == 1 else {
        throw LayerShapeError(
          takes: "a vector, what comes in at one step",
          help: "pick one step with an index, or use the layer over all steps: `RNN`, `LSTM`, `GRU`"
        )
      }
      return [units]
    case .attention(let settings): return try attended(input, settings)
    case .transformer(let settings): return try attended(input, settings.attention)
    case .position:
      guard input.count == 2 else { throw Self.noSeries }
      return input
    case .delay:
      guard !input.isEmpty else {
        throw LayerShapeError(takes: "a series, [step] or [step, feature]")
      }
      return input
    case .overSteps:
      guard input.count == 2 else { throw Self.noSeries }
      return [input[1]]
    }
  }

  /// The axes of what attention gives.
  private func attended(_ input: [SizedAxis], _ settings: AttentionSettings)
    throws(LayerShapeError) -> [SizedAxis]
  {
    guard input.count == 2 else { throw Self.noSeries }
    if let width = input[1].size, width % settings.heads != 0 {
      throw LayerShapeError(
        takes: "vectors whose size its \(settings.heads) heads divide",
        help: "these have \(width) elements: use `heads: 1`, or `Dense` before it"
      )
    }
    return input
  }

  /// The axes of the places of a window over the last axes.
  private func moved(_ window: LayerWindow, over input: [SizedAxis], isTransposed: Bool)
    throws(LayerShapeError) -> [SizedAxis]
  {
    let rank = window.rank
    guard input.count == rank || input.count == rank + 1 else {
      throw LayerShapeError(
        takes: rank == 1
          ? "a series, [step] or [channel, step]" : "an image, [row, col] or [channel, row, col]",
        help: "`Reshape(…)` gives elements other axes"
      )
    }
    if window.isCausal, window.padding.contains(where: { $0 > 0 }) {
      throw LayerShapeError(
        takes: "`causal: true` or `padding`, not both",
        help: "leave out `padding`: zeros stand before the first step"
      )
    }
    var axes: [SizedAxis] = []
    for (axis, own) in input.suffix(rank).enumerated() {
      if window.isCausal, window.stride[axis] == 1 {
        axes.append(own)
        continue
      }
      guard let size = own.size else {
        axes.append(.anonymous(nil))
        continue
      }
      guard size <= Self.greatestSize else {
        throw LayerShapeError(takes: "at most \(Self.greatestSize) elements along an axis")
      }
      let places = window.places(axis, of: size, isTransposed: isTransposed)
      guard places > 0 else {
        throw LayerShapeError(
          takes: "more elements: nothing would be left of these \(size)",
          help: "use less `padding`"
        )
      }
      let padded = size + window.lead(axis) + 2 * window.padding[axis]
      guard isTransposed || padded >= window.kernel[axis] else {
        throw LayerShapeError(
          takes: "at least \(window.kernel[axis]) elements along each axis of its window",
          help: "use a smaller kernel, or `padding`"
        )
      }
      axes.append(.anonymous(places))
    }
    return axes
  }

  private static let noSeries = LayerShapeError(
    takes: "a series of vectors, [step, feature]",
    help: "`Reshape(step, 1)` makes one of a series of numbers"
  )

  /// Elements along an axis that a window moves over, at most.
  private static let greatestSize = 1 << 40

  /// A product, or the greatest integer where it is greater.
  static func product(_ a: Int, _ b: Int) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    return overflow ? .max : product
  }

  private func count(_ axes: [SizedAxis]) -> Int? {
    var product = 1
    for axis in axes {
      guard let size = axis.size else { return nil }
      let (next, overflow) = product.multipliedReportingOverflow(by: size)
      guard !overflow else { return nil }
      product = next
    }
    return product
  }
}
