import PPLAutodiff
import PPLExecution
import PPLFlows
import PPLGraphIR
import PPLNativeExecution
import PPLTensorCore
import Testing

/// Flows at random weights, whose maps, determinants and derivatives have definitions to be held against.
@Suite struct FlowTests {
  static let flows: [Flow] = [
    Flow(.autoregressive, dimension: 4, layers: 3, hidden: 9),
    Flow(.autoregressive, dimension: 2, layers: 2, hidden: 5),
    // Fewer hidden units than levels.
    Flow(.autoregressive, dimension: 6, layers: 2, hidden: 3),
    Flow(.coupling, dimension: 4, layers: 5, hidden: 7),
    Flow(.coupling, dimension: 3, layers: 4, hidden: 6),
    Flow(.coupling, dimension: 2, layers: 3, hidden: 6),
    Flow(.autoregressive, dimension: 1, layers: 2, hidden: 4),
    Flow(.coupling, dimension: 1, layers: 2, hidden: 4),
  ]

  /// Weights that are far from those of the identity.
  private func weights(_ flow: Flow) -> [Double] {
    var generator = RandomKey(seed: 3).makeGenerator()
    return flow.initialParameters(&generator).map { $0 + 0.4 * generator.nextNormal() }
  }

  private func noise(_ count: Int) -> [Double] {
    var generator = RandomKey(seed: 4).makeGenerator()
    return (0..<count).map { _ in generator.nextNormal() }
  }

  private func values(_ graph: Graph, _ inputs: [Double]) -> [Double] {
    ReferenceExecutor(graph).run(inputs: inputs, outputCount: graph.outputCount)
  }

  /// ∂ point / ∂ noise of a single draw by central differences, `[D, D]`; errors of order 1e-10 of the values' scale.
  private func jacobian(_ flow: Flow, _ noise: [Double], _ weights: [Double]) throws -> [[Double]] {
    let graph = try flow.drawGraph(count: 1)
    let count = flow.dimension
    let columns = (0..<count).map { index in
      var (low, high) = (noise, noise)
      low[index] -= 1e-5
      high[index] += 1e-5
      return zip(values(graph, high + weights), values(graph, low + weights)).prefix(count).map {
        ($0 - $1) / 2e-5
      }
    }
    return (0..<count).map { row in columns.map { $0[row] } }
  }

  /// log |det| by elimination with pivots.
  private func logDeterminant(_ matrix: [[Double]]) -> Double {
    var (rows, sum) = (matrix, 0.0)
    for column in rows.indices {
      let pivot = (column..<rows.count).max {
        rows[$0][column].magnitude < rows[$1][column].magnitude
      }
      rows.swapAt(column, pivot ?? column)
      sum += LibM.log(rows[column][column].magnitude)
      for row in (column + 1)..<max(column + 1, rows.count) {
        let share = rows[row][column] / rows[column][column]
        for place in rows.indices { rows[row][place] -= share * rows[column][place] }
      }
    }
    return sum
  }

  @Test(arguments: flows)
  func flowsAreTheIdentityAtFirst(flow: Flow) throws {
    var generator = RandomKey(seed: 1).makeGenerator()
    let noise = noise(flow.dimension)
    let graph = try flow.drawGraph(count: 1)
    let found = values(graph, noise + flow.initialParameters(&generator))
    #expect(Array(found.prefix(flow.dimension)) == noise)
    #expect(found[flow.dimension] == 0)
  }

  @Test(arguments: flows)
  func determinantsAreThoseOfTheJacobian(flow: Flow) throws {
    let (noise, weights) = (noise(flow.dimension), weights(flow))
    let found = values(try flow.drawGraph(count: 1), noise + weights)[flow.dimension]
    let expected = logDeterminant(try jacobian(flow, noise, weights))
    #expect(abs(found - expected) < 1e-7, "\(found), wanted \(expected)")
    #expect(abs(found) > 1e-3)
  }

  @Test(arguments: flows)
  func inversesLeadBack(flow: Flow) {
    let builder = GraphBuilder()
    let points = builder.addInput(shape: [3, flow.dimension])
    let inputs = flow.weightShapes.map { builder.addInput(shape: $0) }
    let (there, forward) = flow.forward(points, weights: inputs)
    let (back, inverse) = flow.inverse(there, weights: inputs)
    let graph = builder.build(outputs: [back, forward, inverse])
    let noise = noise(3 * flow.dimension)
    let found = values(graph, noise + weights(flow))
    for (own, known) in zip(found, noise) { #expect(abs(own - known) < 1e-9) }
    let determinants = found.suffix(6)
    for (own, known) in zip(determinants.prefix(3), determinants.suffix(3)) {
      #expect(abs(own - known) < 1e-9)
    }
  }

  /// Of one layer: a number depends on itself and on those before it, and on all of these.
  @Test func masksAreAutoregressive() throws {
    let flow = Flow(.autoregressive, dimension: 5, layers: 1, hidden: 16)
    let matrix = try jacobian(flow, noise(5), weights(flow))
    for row in 0..<5 {
      for column in 0..<5 {
        if column > row {
          #expect(matrix[row][column] == 0)
        } else {
          #expect(matrix[row][column].magnitude > 1e-4, "\(row), \(column)")
        }
      }
    }
  }

  @Test func couplingLayersMoveOneHalfByTheOther() throws {
    let flow = Flow(.coupling, dimension: 5, layers: 1, hidden: 16)
    let matrix = try jacobian(flow, noise(5), weights(flow))
    for row in 0..<5 {
      for column in 0..<5 where row != column {
        let isDependent = row % 2 == 1 && column % 2 == 0
        #expect((matrix[row][column].magnitude > 1e-4) == isDependent, "\(row), \(column)")
      }
    }
  }

  /// By default any two numbers depend on each other.
  @Test(arguments: [Flow.Family.autoregressive, .coupling], [2, 3, 5, 9])
  func defaultsConnectAllNumbers(family: Flow.Family, dimension: Int) throws {
    let flow = Flow(family, dimension: dimension)
    let matrix = try jacobian(flow, noise(dimension), weights(flow))
    for row in matrix { for element in row { #expect(element != 0) } }
  }

  @Test(arguments: flows)
  func densitiesOfDrawsFollowFromNoise(flow: Flow) throws {
    let (count, weights) = (4, weights(flow))
    let noise = noise(count * flow.dimension)
    let drawn = values(try flow.drawGraph(count: count), noise + weights)
    let points = Array(drawn.prefix(noise.count))
    let densities = values(try flow.densityGraph(count: count), points + weights)
    for draw in 0..<count {
      let own = noise[(draw * flow.dimension)..<((draw + 1) * flow.dimension)]
      let standard = own.reduce(0) { $0 - 0.5 * ($1 * $1 + LibM.log(2 * .pi)) }
      #expect(abs(densities[draw] - (standard - drawn[noise.count + draw])) < 1e-8)
    }
  }

  /// A masked autoregressive flow integrates to 1: by the trapezoidal rule, which is exact to rounding for smooth densities
  /// that vanish at the ends.
  @Test func densitiesOfGivenPointsIntegrateToOne() throws {
    let flow = Flow(.autoregressive, dimension: 2, layers: 2, hidden: 5)
    let weights = weights(flow)
    let side = 241
    let width = 24.0 / Double(side - 1)
    let axis = (0..<side).map { -12 + width * Double($0) }
    let points = axis.flatMap { x in axis.flatMap { [x, $0] } }
    let graph = try flow.densityGraph(count: side * side, direction: .toNoise)
    let sum = values(graph, points + weights).reduce(0) { $0 + LibM.exp($1) } * width * width
    #expect(abs(sum - 1) < 1e-3, "\(sum)")
  }

  @Test(arguments: flows)
  func scoresAreDerivativesOfTheDensity(flow: Flow) throws {
    let (count, weights) = (3, weights(flow))
    let noise = noise(count * flow.dimension)
    let drawn = values(try flow.drawGraph(count: count), noise + weights)
    let points = Array(drawn.prefix(noise.count))
    let scores = Array(drawn.suffix(noise.count))
    let density = try flow.densityGraph(count: count)
    for index in points.indices {
      var (low, high) = (points, points)
      low[index] -= 1e-5
      high[index] += 1e-5
      let draw = index / flow.dimension
      let difference =
        (values(density, high + weights)[draw] - values(density, low + weights)[draw]) / 2e-5
      #expect(abs(scores[index] - difference) < 1e-6 * max(1, difference.magnitude))
    }
  }

  @Test(arguments: flows)
  func derivativesByWeightsAgreeWithDifferences(flow: Flow) throws {
    let (count, weights) = (2, weights(flow))
    let noise = noise(count * flow.dimension)
    let slopes = noise.map { LibM.exp(-$0) - 1 }
    let graph = try flow.pullbackGraph(count: count)
    func inputs(_ weights: [Double]) -> [Double] { noise + weights + slopes + [0.7] }
    let found = values(graph, inputs(weights)).dropFirst()
    #expect(found.count == flow.parameterCount)
    var generator = RandomKey(seed: 5).makeGenerator()
    for _ in 0..<40 {
      let index = min(weights.count - 1, Int(generator.nextUniform() * Double(weights.count)))
      var (low, high) = (weights, weights)
      low[index] -= 1e-5
      high[index] += 1e-5
      let difference = (values(graph, inputs(high))[0] - values(graph, inputs(low))[0]) / 2e-5
      #expect(abs(found[1 + index] - difference) < 1e-6 * max(1, difference.magnitude))
    }
  }

  @Test(arguments: flows)
  func machineCodeAgreesWithTheReference(flow: Flow) throws {
    let (count, weights) = (16, weights(flow))
    let noise = noise(count * flow.dimension)
    for (graph, inputs) in [
      (try flow.drawGraph(count: count), noise + weights),
      (try flow.pullbackGraph(count: count), noise + weights + noise + [1]),
      (try flow.densityGraph(count: count), noise + weights),
    ] {
      let native = NativeExecutor(try NativeProgram(graph))
        .run(inputs: inputs, outputCount: graph.outputCount)
      for (own, known) in zip(native, values(graph, inputs)) {
        #expect(abs(own - known) < 1e-10 * max(1, known.magnitude))
      }
    }
  }

  /// The density given a context is that of a flow of the other numbers, and it follows the context.
  @Test(arguments: [Flow.Family.autoregressive, .coupling])
  func contextsMoveTheFlow(family: Flow.Family) {
    let flow = Flow(family, dimension: 3, layers: 3, hidden: 8, contextCount: 2)
    let builder = GraphBuilder()
    let noise = builder.addInput(shape: [2, 3])
    let context = builder.addInput(shape: [2, 2])
    let inputs = flow.weightShapes.map { builder.addInput(shape: $0) }
    let (points, determinant) = flow.forward(noise, context: context, weights: inputs)
    let density = flow.logDensity(
      of: points,
      context: context,
      weights: inputs,
      direction: .fromNoise
    )
    let graph = builder.build(outputs: [points, determinant, density])
    // The same noise twice, under two contexts.
    let own = self.noise(3)
    let found = values(graph, own + own + [0.3, -1, 2, 0.5] + weights(flow))
    let standard = own.reduce(0) { $0 - 0.5 * ($1 * $1 + LibM.log(2 * .pi)) }
    for draw in 0..<2 { #expect(abs(found[8 + draw] - (standard - found[6 + draw])) < 1e-8) }
    for index in 0..<3 { #expect(abs(found[index] - found[3 + index]) > 1e-3) }
  }
}
