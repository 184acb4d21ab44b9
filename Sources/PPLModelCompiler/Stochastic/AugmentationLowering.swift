package import PPLDistributions
package import PPLGraphIR
package import PPLSemantics
import PPLTensorCore

/// Random changes of the rows of a step, as nodes of its graph.
package struct AugmentationLowering {
  private let random: RandomSource
  private let builder: GraphBuilder
  /// Bounds that the declaration of the data gives.
  private let lower: GraphValue?
  private let upper: GraphValue?

  package init(_ random: RandomSource, lower: GraphValue? = nil, upper: GraphValue? = nil) {
    self.random = random
    builder = random.builder
    self.lower = lower
    self.upper = upper
  }

  /// The changed data.
  ///
  /// Integers stay integers: what brightness, contrast, colour and noise give is rounded, as images of bytes have it.
  ///
  /// - Parameters:
  ///   - changes: in their order.
  ///   - data: rows, then axes as the layout has them.
  ///   - layout: what the axes are.
  /// - Returns: an array of the same shape.
  package func apply(_ changes: [Augmentation], to data: GraphValue, _ layout: AugmentedLayout)
    -> GraphValue
  {
    let active = changes.filter { !$0.isNothing }
    guard !active.isEmpty else { return data }
    let sizes = data.shape.sizes
    // Rows, then rows and columns of each image, then channels.
    var order = Array(sizes.indices)
    var image: Shape
    switch layout {
    case .numbers: image = Shape([sizes[0], 1, 1, 1])
    case .series: image = Shape([sizes[0], 1, sizes[1], 1])
    case .image(nil): image = Shape(sizes + [1])
    case .image(let channel?):
      order = [0] + (1...3).filter { $0 != channel + 1 } + [channel + 1]
      image = Shape(order.map { sizes[$0] })
    }
    var value = data.transpose(order).reshape(image)
    for change in active { value = apply(change, to: value) }
    if data.kind == .integer, value.kind != .integer { value = (value + 0.5).floor() }
    let back = order.indices.map { axis in order.firstIndex(of: axis) ?? axis }
    return value.reshape(Shape(order.map { sizes[$0] })).transpose(back)
  }

  /// One change of `[rows, row, col, channel]`.
  private func apply(_ change: Augmentation, to x: GraphValue) -> GraphValue {
    switch change {
    case .translation(let amount): return translated(x, by: amount)
    case .mirror: return mirrored(x)
    case .brightness(let amount): return bounded(x * factor(amount, x))
    case .contrast(let amount):
      let factor = factor(amount, x)
      let count = Double(x.shape[1] * x.shape[2])
      let mean = grey(x).sum(axes: [1, 2]) / count
      return bounded(x * factor + mean * (1 - factor))
    case .colour(let saturation, let hue): return coloured(x, saturation: saturation, hue: hue)
    case .noise(let deviation): return bounded(x + random.normal(x.shape) * deviation)
    }
  }

  /// One number for each row.
  private func uniform(_ x: GraphValue) -> GraphValue { random.uniform([x.shape[0], 1, 1, 1]) }

  /// Uniform on [max(0, 1 − a), 1 + a].
  private func factor(_ amount: Double, _ x: GraphValue) -> GraphValue {
    let low = max(0, 1 - amount)
    return uniform(x) * (1 + amount - low) + low
  }

  private func bounded(_ x: GraphValue) -> GraphValue {
    var result = x
    if let lower { result = result.max(lower) }
    if let upper { result = result.min(upper) }
    return result
  }

  // MARK: Places

  private func translated(_ x: GraphValue, by amount: Int) -> GraphValue {
    /// Places along an axis from which values come, and which of them there are.
    func sources(_ axis: Int) -> (place: GraphValue, isInside: GraphValue) {
      let size = x.shape[axis]
      let own = places(size, axis: axis)
      guard size > 1 else { return (own, own.isEqual(to: own)) }
      let count = Double(2 * amount + 1)
      // Rounding may bring the product to its end.
      let step = (uniform(x) * count).floor().min(constant(count - 1)) - constant(Double(amount))
      let place = own + step
      let isInside = place.isGreaterOrEqual(to: constant(0)).and(
        place.isLess(than: constant(Double(size)))
      )
      return (place.max(constant(0)).min(constant(Double(size - 1))), isInside)
    }
    let (rows, columns) = (sources(1), sources(2))
    let moved = gathered(x, rows.place, columns.place)
    return rows.isInside.and(columns.isInside).select(moved, constant(0))
  }

  private func mirrored(_ x: GraphValue) -> GraphValue {
    let columns = places(x.shape[2], axis: 2)
    let isTurned = uniform(x).isLess(than: 0.5)
    let turned = constant(Double(x.shape[2] - 1)) - columns
    return gathered(x, places(x.shape[1], axis: 1), isTurned.select(turned, columns))
  }

  /// The values at other rows and columns, `[rows or 1, row or 1, 1, 1]` and `[rows or 1, 1, col or 1, 1]`.
  private func gathered(_ x: GraphValue, _ rows: GraphValue, _ columns: GraphValue) -> GraphValue {
    let (count, height, width, channels) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let own = places(count, axis: 0)
    let flat = (own * constant(Double(height)) + rows) * constant(Double(width)) + columns
    let index = flat.broadcast(to: [count, height, width, 1]).reshape([count, height, width])
    return x.reshape([count * height * width, channels]).gather(index)
  }

  /// 0, 1, … along one of four axes.
  private func places(_ count: Int, axis: Int) -> GraphValue {
    var sizes = [1, 1, 1, 1]
    sizes[axis] = count
    return builder.constant(
      Tensor(shape: Shape(sizes), kind: .integer, values: (0..<count).map(Double.init))
    )
  }

  private func constant(_ value: Double) -> GraphValue {
    builder.constant(Tensor(scalar: value, kind: .integer))
  }

  // MARK: Colours

  private static let weights = [0.299, 0.587, 0.114]

  private func channel(_ number: Int, of x: GraphValue) -> GraphValue {
    x.slice(axis: 3, start: number, count: 1)
  }

  /// The grey of each pixel: of three channels by their weights, else their mean.
  private func grey(_ x: GraphValue) -> GraphValue {
    let count = x.shape[3]
    guard count == 3 else { return count == 1 ? x : x.sum(axes: [3]) / Double(count) }
    return channel(0, of: x) * Self.weights[0] + channel(1, of: x) * Self.weights[1]
      + channel(2, of: x) * Self.weights[2]
  }

  private func coloured(_ x: GraphValue, saturation: Double, hue: Double) -> GraphValue {
    var result = x
    if saturation > 0 {
      let factor = factor(saturation, x)
      result = bounded(x * factor + grey(x) * (1 - factor))
    }
    guard hue > 0 else { return result }
    // Rodrigues' formula about (1, 1, 1) / √3.
    let angle = (uniform(x) * 2 - 1) * (2 * Double.pi * hue)
    let (cosine, sine) = (angle.cos(), angle.sin() / 3.0.squareRoot())
    let (r, g, b) = (channel(0, of: result), channel(1, of: result), channel(2, of: result))
    let rest = (r + g + b) / 3 * (1 - cosine)
    return bounded(
      GraphValue.concatenate(
        [
          r * cosine + (b - g) * sine + rest, g * cosine + (r - b) * sine + rest,
          b * cosine + (g - r) * sine + rest,
        ],
        axis: 3
      )
    )
  }
}
