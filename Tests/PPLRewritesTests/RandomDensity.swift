import PPLGraphIR
import PPLTensorCore

/// A sum over plates as models have them, grown from a seed: linear predictors of data, groups and latents; squares,
/// counts and nonlinear functions of them.
struct RandomDensity {
  /// Inputs → sum of all terms.
  let graph: Graph
  /// Inputs and a weight for each term → weighted sum of the terms.
  ///
  /// With weights of one term and zeros it gives that
  /// term, so that the sum of absolute terms can be had.
  let weighted: Graph
  let termCount: Int
  let point: [Double]
  /// The input elements that only groups without rows have, and that no function but a gather is applied to.
  let unusedElements: [Int]

  init(seed: UInt64) {
    var plain = Grower(seed: seed, isWeighted: false)
    graph = plain.grow()
    var other = Grower(seed: seed, isWeighted: true)
    weighted = other.grow()
    termCount = other.termCount
    unusedElements = plain.unusedElements
    var generator = RandomKey(seed: seed).derived(4).makeGenerator()
    point = (0..<graph.inputCount).map { _ in generator.nextNormal() }
  }
}

private struct Grower {
  private var generator: RandomGenerator
  private let builder = GraphBuilder()
  private let rows: Int
  private let groupCount: Int
  private let isWeighted: Bool
  private let width = 3
  private(set) var termCount = 0
  private var weights: GraphValue?

  private var scalars: [GraphValue] = []
  private var positive: GraphValue
  private var vector: GraphValue
  private var tables: [GraphValue] = []
  private var positiveTable: GraphValue
  private var latent: GraphValue
  private var columns: [GraphValue] = []
  private var fewValued: [GraphValue] = []
  private var counts: GraphValue
  private var flags: GraphValue
  private var matrix: GraphValue
  private var groups: [GraphValue] = []
  private(set) var unusedElements: [Int] = []

  init(seed: UInt64, isWeighted: Bool) {
    var generator = RandomKey(seed: seed).derived(3).makeGenerator()
    let builder = builder
    let rows = [6, 24, 60][generator.nextInt(below: 3)]
    let groupCount = 2 + generator.nextInt(below: 4)
    self.rows = rows
    self.groupCount = groupCount
    self.isWeighted = isWeighted
    scalars = (0..<3).map { _ in builder.addInput(shape: []).reshape([1]) }
    positive = builder.addInput(shape: []).exp().reshape([1])
    vector = builder.addInput(shape: [3])
    tables = (0..<2).map { _ in builder.addInput(shape: [groupCount]) }
    positiveTable = builder.addInput(shape: [groupCount]).exp()
    latent = builder.addInput(shape: [rows])
    if isWeighted { weights = builder.addInput(shape: [3 * rows]) }
    func data(_ kind: ElementKind = .real, _ value: () -> Double) -> GraphValue {
      builder.constant(
        Tensor(shape: [rows], kind: kind, values: (0..<rows).map { _ in value() })
      )
    }
    columns = (0..<3).map { _ in data { generator.nextNormal() } }
    fewValued = (0..<2).map { _ in data { Double(generator.nextInt(below: 2)) - 0.5 } }
    counts = data(.integer) { Double(generator.nextInt(below: 3)) }
    flags = data(.boolean) { Double(generator.nextInt(below: 2)) }
    matrix = builder.constant(
      Tensor(shape: [rows, 3], values: (0..<3 * rows).map { _ in generator.nextNormal() })
    )
    // The last group may have no rows, and others few.
    let hasUnused = generator.nextInt(below: 2) == 0
    let usedCount = hasUnused ? groupCount - 1 : groupCount
    groups = (0..<2).map { _ in data(.integer) { Double(generator.nextInt(below: usedCount)) } }
    if hasUnused {
      unusedElements = (0..<2).map { 7 + (1 + $0) * groupCount - 1 }
    }
    self.generator = generator
  }

  mutating func grow() -> Graph {
    let sums = (0..<3).map { _ in plateSum() }
    return builder.build(outputs: [sums.dropFirst().reduce(sums[0], +)])
  }

  private mutating func index(below bound: Int) -> Int { generator.nextInt(below: bound) }

  private mutating func plateSum() -> GraphValue {
    var terms = term().broadcast(to: [rows])
    if let weights {
      terms = terms * weights.slice(axis: 0, start: termCount, count: rows)
      termCount += rows
    }
    return terms.sum(axes: [0]).reshape([])
  }

  /// One value a row.
  private mutating func term() -> GraphValue {
    switch index(below: 14) {
    case 0: return linear()
    case 1: return counts * linear()
    case 2: return counts.isEqual(to: 0).select(scalars[0].scalar(0), counts * linear())
    case 3: return -0.5 * ((columns[0] - linear()) / positive).square() - positive.log()
    case 4: return (columns[1] - linear()).square()
    case 5:
      let scale = positiveTable.gather(groups[0])
      return -0.5 * ((columns[2] + grouped(0)) / scale).square() - scale.log()
    case 6: return -(grouped(index(below: 2)).exp())
    case 7: return -0.5 * (latent / positive).square() - positive.log()
    case 8: return -((1 - 2 * flags) * fewRows()).softplus()
    case 9: return linear() - linear().tanh()
    case 10: return scalars[1] * (-(positive * latent.tanh()))
    case 11:
      // Counts with a rate by group, whose logarithm is not taken where the count is 0.
      let rate = positiveTable.gather(groups[1])
      let isZero = counts.isEqual(to: 0)
      return isZero.select(rate.scalar(0), counts * isZero.select(rate.scalar(1), rate).log())
        - rate
    case 12:
      // A rate before and after a change.
      let rate = flags.select(scalars[0], scalars[2])
      return counts * rate - rate.exp() + flags.select(positive, scalars[1].square()).log1p()
    default: return -((columns[0] - scalars[2]) / positive).square().log1p()
    }
  }

  /// A linear predictor of one to four parts.
  private mutating func linear() -> GraphValue {
    var sum = part()
    for _ in 0..<index(below: 4) {
      let next = part()
      sum = index(below: 2) == 0 ? sum + next : sum - next
    }
    return sum
  }

  private mutating func part() -> GraphValue {
    let column = columns[index(below: 3)]
    let scalar = scalars[index(below: 3)]
    switch index(below: 10) {
    case 0: return scalar
    case 1: return scalar * column
    case 2: return column
    case 3: return grouped(0)
    case 4: return grouped(0) * column
    case 5:
      return (matrix * vector.reshape([1, width])).sum(axes: [1]).reshape([rows])
    case 6: return matrix.matrixMultiply(vector.reshape([width, 1])).reshape([rows])
    case 7: return -((scalar + column) / positive)
    case 8: return column * (scalar - 2 * fewValued[0])
    default: return flags.select(scalar * column, scalar.scalar(0))
    }
  }

  private mutating func grouped(_ group: Int) -> GraphValue {
    let table = tables[index(below: 2)]
    switch index(below: 4) {
    case 0: return (table + scalars[0]).gather(groups[group])
    case 1: return table.gather(groups[group]) * scalars[1]
    case 2: return tables[0].gather(groups[group]) - tables[1].gather(groups[group])
    default: return table.gather(groups[group])
    }
  }

  /// A predictor with few different rows.
  private mutating func fewRows() -> GraphValue {
    scalars[0] + scalars[1] * fewValued[0] + fewValued[1] * fewValued[0] * scalars[2]
  }
}
