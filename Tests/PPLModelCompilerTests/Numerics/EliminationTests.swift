import Foundation
import PPLTensorCore
import Testing

/// Discrete latents that are summed out, against the sum over all of their values.
@Suite struct EliminationTests {
  /// More of them by the environment: the release check takes 1,000.
  static let seeds: [UInt64] = {
    let count = ProcessInfo.processInfo.environment["PPL_ELIMINATION_MODELS"].flatMap(UInt64.init)
    return Array(0..<(count ?? 120))
  }()

  /// Log densities and gradients of all assignments at a position.
  private func assignments(_ model: DiscreteModel, _ position: [Double]) throws -> [[Double]] {
    try (0..<model.assignmentCount).map { assignment in
      // Fewer trials than successes are refused where both are known.
      if model.name == "unknown total",
        try CompiledCase.problem(text: model.observedText, data: model.data(assignment)) != nil
      {
        return [-.infinity] + [Double](repeating: 0, count: position.count)
      }
      let observed = try CompiledCase(
        text: model.observedText,
        data: model.data(assignment)
      )
      return observed.gradient(at: position)
    }
  }

  @Test(arguments: seeds)
  func densityIsTheSumOverAllValues(seed: UInt64) throws {
    let model = DiscreteModel(seed: seed)
    let compiled = try CompiledCase(text: model.text, data: model.data)
    let position = compiled.position(Int(seed))
    let actual = compiled.gradient(at: position)
    let all = try assignments(model, position)
    let greatest = all.map { $0[0] }.max() ?? -.infinity
    let weights = all.map { exp($0[0] - greatest) }
    let sum = weights.reduce(0, +)
    let value = greatest + log(sum)
    #expect((actual[0] - value).magnitude <= 1e-10 * max(1, value.magnitude), "\(model.name)")
    for index in position.indices {
      let terms = zip(all, weights).map { $1 == 0 ? 0 : $0[index + 1] * $1 / sum }
      let expected = terms.reduce(0, +)
      let scale = terms.map(\.magnitude).reduce(1, +)
      #expect(
        (actual[index + 1] - expected).magnitude <= 1e-10 * scale,
        "\(model.name), derivative \(index)"
      )
    }
  }

  @Test(arguments: Array(0..<30) as [UInt64])
  func drawsHaveTheConditionalDistribution(seed: UInt64) throws {
    let model = DiscreteModel(seed: 1000 + seed)
    let compiled = try CompiledCase(text: model.text, data: model.data)
    let position = compiled.position(Int(seed))
    let all = try assignments(model, position).map { $0[0] }
    let greatest = all.max() ?? 0
    let weights = all.map { exp($0 - greatest) }
    let sum = weights.reduce(0, +)
    var numbers: [[String: [Double]]: Int] = [:]
    for assignment in all.indices { numbers[model.labels(assignment)] = assignment }

    let count = 4000
    var counts = [Int](repeating: 0, count: all.count)
    for draw in 0..<count {
      let values = compiled.recorded(at: position, key: RandomKey(seed: 5).derived(UInt64(draw)))
      var labels: [String: [Double]] = [:]
      for latent in model.latents { labels[latent.name] = values[latent.name] }
      counts[try #require(numbers[labels], "a draw is one of the assignments")] += 1
    }
    // Pearson's statistic; rare assignments count together.
    var statistic = 0.0
    var cells = 0
    var rest = (expected: 0.0, count: 0)
    for (weight, observed) in zip(weights, counts) {
      let expected = Double(count) * weight / sum
      if expected < 10 {
        rest = (rest.expected + expected, rest.count + observed)
      } else {
        statistic += (Double(observed) - expected) * (Double(observed) - expected) / expected
        cells += 1
      }
    }
    if rest.expected >= 1 {
      let difference = Double(rest.count) - rest.expected
      statistic += difference * difference / rest.expected
      cells += 1
    } else {
      #expect(rest.count <= 8)
    }
    guard cells > 1 else { return }
    // The cube root of chi-square over its degrees of freedom is nearly normal (Wilson and Hilferty 1931).
    let freedom = Double(cells - 1)
    let root = cbrt(statistic / freedom)
    let score = (root - (1 - 2 / (9 * freedom))) / (2 / (9 * freedom)).squareRoot()
    // False alarms of 30 tests: 1e-4.
    #expect(score < 4.5, "\(model.name): chi-square \(statistic) of \(freedom) degrees of freedom")
  }
}
