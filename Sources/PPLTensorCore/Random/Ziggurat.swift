// Notation: f(x) = exp(−x²/2), xᵢ right edges of the layers, descending, v area of a layer, r = x₁ start
// of the tail.

/// The layers of the ziggurat under the normal density: 256 of equal area, the last with the tail.
///
/// Source: Marsaglia and Tsang 2000, doi:10.18637/jss.v005.i08, with the layer and the position taken
/// from different bits (Doornik 2005).
struct Ziggurat: Sendable {
  /// Number of layers.
  static let layerCount = 256
  /// Start of the tail, r; the value that makes the topmost layer end at f = 1.
  static let tailStart = 3.6541528853610088
  /// Area of each layer, v = r f(r) + ∫ f from r on.
  private static let area = 0.004928673233974658

  /// xᵢ for i = 0 … 256; x₀ = v / f(r) is the width that gives the tail's layer its area.
  let edges: [Double]
  /// f(xᵢ).
  let heights: [Double]

  /// The one table.
  static let shared = Ziggurat()

  private init() {
    var edges = [Self.area / Self.density(Self.tailStart), Self.tailStart]
    for index in 1..<(Self.layerCount - 1) {
      let height = Self.area / edges[index] + Self.density(edges[index])
      edges.append((-2 * LibM.log(height)).squareRoot())
    }
    edges.append(0)
    self.edges = edges
    heights = edges.map(Self.density)
  }

  /// The normal density without its constant.
  static func density(_ x: Double) -> Double { LibM.exp(-0.5 * x * x) }
}

extension RandomGenerator {
  /// Standard normal, by the ziggurat of `Ziggurat`.
  package mutating func nextNormal() -> Double {
    nextNormal(from: nextUInt64(), Ziggurat.shared)
  }

  /// Fills an array with standard normals; faster than one after the other, and from other places of the stream.
  package mutating func fillWithNormals(_ values: inout MutableSpan<Double>) {
    let table = Ziggurat.shared
    var index = 0
    while index + 4 <= values.count {
      let (first, second) = nextFourBlocks()
      let end = min(index + 8, values.count)
      for place in 0..<(end - index) {
        let bits = place < 4 ? first[place] : second[place - 4]
        values[index + place] = nextNormal(from: bits, table)
      }
      index = end
    }
    while index < values.count {
      values[index] = nextNormal(from: nextUInt64(), table)
      index += 1
    }
  }

  /// The normal that random bits lead to, with more of the stream where they do not suffice.
  @inline(__always)
  private mutating func nextNormal(from first: UInt64, _ table: Ziggurat) -> Double {
    var bits = first
    for _ in 0..<maximumRejections {
      let layer = Int(bits & 255)
      let position = Double(bits >> 11 | 1) * 0x1p-53
      let x = position * table.edges[layer]
      let sign = bits & 256 == 0 ? 1.0 : -1.0
      if x < table.edges[layer + 1] { return sign * x }
      if layer == 0 { return sign * nextTailNormal() }
      let (bottom, top) = (table.heights[layer], table.heights[layer + 1])
      if bottom + nextUniform() * (top - bottom) < Ziggurat.density(x) { return sign * x }
      bits = nextUInt64()
    }
    return .nan
  }

  /// Normal given that it is beyond the last layer (Marsaglia 1964, doi:10.2307/1266101).
  private mutating func nextTailNormal() -> Double {
    for _ in 0..<maximumRejections {
      let excess = nextExponential() / Ziggurat.tailStart
      if 2 * nextExponential() > excess * excess { return Ziggurat.tailStart + excess }
    }
    return .nan
  }
}
