import PPLGraphIR
import PPLTensorCore

/// A network whose outputs for a number see only inputs of lower levels.
///
/// Each of D numbers has a level from 1; given inputs beside them, the context, have level 0. Hidden units have levels, too: a
/// unit sees inputs and units of its own level or lower ones, an output sees units of lower levels than its own. Where all
/// levels differ that is an autoregressive network; with two levels it is that of a coupling layer. Outputs of the lowest
/// level are constants unless there is a context.
///
///     h₁ = tanh(W₁ x + b₁),  h₂ = tanh(W₂ h₁ + b₂),  shift = A h₂ + a,  log scale = c tanh((B h₂ + b) / c)
///
/// Source: Germain, Gregor, Murray and Larochelle 2015, arXiv:1502.03509, section 4; log scales are bounded by c = 3, so that no
/// step overflows.
struct MaskedNetwork: Sendable {
  /// Level of each number, from 1.
  let levels: [Int]
  /// Number of inputs of level 0.
  let contextCount: Int
  /// Units of each of the two hidden layers.
  let hidden: Int

  private static let greatestLogScale = 3.0

  private var dimension: Int { levels.count }

  /// The weights in order, matrices as `[out, in]`, rows as `[1, out]`: W₁, b₁, W₂, b₂, A, a, B, b.
  var weightShapes: [Shape] {
    let inputs = contextCount + dimension
    return [
      [hidden, inputs], [1, hidden], [hidden, hidden], [1, hidden],
      [dimension, hidden], [1, dimension], [dimension, hidden], [1, dimension],
    ]
  }

  /// Weights for which shift and log scale are 0, with hidden layers that tell inputs apart.
  func initialWeights(_ generator: inout RandomGenerator) -> [Double] {
    weightShapes.enumerated().flatMap { number, shape in
      guard number == 0 || number == 2 else {
        return [Double](repeating: 0, count: shape.count)
      }
      let deviation = 1 / Double(max(1, shape[1])).squareRoot()
      return (0..<shape.count).map { _ in deviation * generator.nextNormal() }
    }
  }

  // MARK: Values

  /// What the network gives for numbers, with what its derivatives need.
  struct Output {
    /// `[S, D]` each.
    var shift: GraphValue
    var logScale: GraphValue
    /// Values of the hidden layers, `[S, hidden]`.
    fileprivate var hidden: [GraphValue]
  }

  /// Shifts and log scales at numbers `[S, D]`, given a context `[S, C]`.
  func output(of x: GraphValue, context: GraphValue?, _ weights: [GraphValue]) -> Output {
    let input = context.map { GraphValue.concatenate([$0, x], axis: 1) } ?? x
    let masked = maskedWeights(weights)
    func affine(_ value: GraphValue, _ number: Int) -> GraphValue {
      value.matrixMultiply(masked[number], transposeRight: true) + masked[number + 1]
    }
    let first = affine(input, 0).unary(.tanh)
    let second = affine(first, 2).unary(.tanh)
    let scale = (affine(second, 6) / Self.greatestLogScale).unary(.tanh) * Self.greatestLogScale
    return Output(shift: affine(second, 4), logScale: scale, hidden: [first, second])
  }

  /// Derivatives of shifts and log scales by the numbers, `[S, D, D]` each, rows and columns by ascending level.
  ///
  /// - Complexity: S D H (H + 2 D) multiplications for H hidden units, about 2 D times those of `output`.
  func jacobians(of output: Output, _ weights: [GraphValue]) -> (
    shift: GraphValue, logScale: GraphValue
  ) {
    let masked = maskedWeights(weights)
    let count = output.shift.shape[0]
    func slope(_ value: GraphValue) -> GraphValue {
      (1 - value.square()).reshape([count, hidden, 1])
    }
    func matrix(_ value: GraphValue) -> GraphValue {
      value.reshape(Shape([1] + value.shape.sizes))
    }
    let numbers = masked[0].slice(axis: 1, start: contextCount, count: dimension)
    let first = slope(output.hidden[0]) * matrix(columnsByLevel(numbers))
    let second = slope(output.hidden[1]) * matrix(masked[2]).matrixMultiply(first)
    let shift = matrix(rowsByLevel(masked[4])).matrixMultiply(second)
    let inner = columnsByLevel(output.logScale) / Self.greatestLogScale
    let scale =
      (1 - inner.square()).reshape([count, dimension, 1])
      * matrix(rowsByLevel(masked[6])).matrixMultiply(second)
    return (shift, scale)
  }

  // MARK: Levels

  /// Positions of the numbers by ascending level.
  var order: [Int] {
    levels.indices.sorted { (levels[$0], $0) < (levels[$1], $1) }
  }

  /// Number of different levels.
  var levelCount: Int { Set(levels).count }

  /// The rows of `[D, …]` by ascending level.
  private func rowsByLevel(_ value: GraphValue) -> GraphValue {
    let order = order
    if order == Array(order.indices) { return value }
    let positions = Tensor(shape: [dimension], kind: .integer, values: order.map(Double.init))
    return value.gather(value.builder.constant(positions))
  }

  /// The columns of `[…, D]` by ascending level.
  func columnsByLevel(_ value: GraphValue) -> GraphValue {
    rowsByLevel(value.matrixTranspose()).matrixTranspose()
  }

  /// Columns by ascending level of `[…, D]` where they were.
  func columnsInPlace(_ value: GraphValue) -> GraphValue {
    let order = order
    if order == Array(order.indices) { return value }
    var places = [Double](repeating: 0, count: dimension)
    for (place, number) in order.enumerated() { places[number] = Double(place) }
    let positions = Tensor(shape: [dimension], kind: .integer, values: places)
    return value.matrixTranspose().gather(value.builder.constant(positions)).matrixTranspose()
  }

  /// Levels of hidden units, spread over those that inputs have and some output may see.
  private var hiddenLevels: [Int] {
    let lowest = contextCount > 0 ? 0 : 1
    let span = max(1, (levels.max() ?? 1) - lowest)
    return (0..<hidden).map { lowest + $0 * span / hidden }
  }

  private func maskedWeights(_ weights: [GraphValue]) -> [GraphValue] {
    let inputs = [Int](repeating: 0, count: contextCount) + levels
    let units = hiddenLevels
    func mask(_ rows: [Int], _ columns: [Int], _ sees: (Int, Int) -> Bool) -> Tensor {
      Tensor(
        shape: [rows.count, columns.count],
        values: rows.flatMap { row in columns.map { sees(row, $0) ? 1.0 : 0 } }
      )
    }
    var result = weights
    for (number, tensor) in [
      (0, mask(units, inputs, >=)), (2, mask(units, units, >=)),
      (4, mask(levels, units, >)), (6, mask(levels, units, >)),
    ] {
      result[number] = weights[number] * weights[number].builder.constant(tensor)
    }
    return result
  }
}
