import PPL
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLTensorCore
import Testing

/// The gradients of all examples against central differences.
@Suite struct GradientTests {
  /// Fourth-order central differences are off by what the tolerance is made of.
  ///
  /// With step h that is some h⁴ f⁽⁵⁾ / 30, for which the difference to twice the step stands, and rounding of the density,
  /// ε |f| / h. A solution of differential equations moves with the steps that its solver chooses, by some ten of its relative
  /// tolerances of 1e-6.
  @Test(arguments: Example.all)
  func gradientAgreesWithCentralDifferences(_ example: Example) throws {
    let model = try example.model()
    let density = ReferenceExecutor(model.compiled.density)
    let gradient = ReferenceExecutor(model.compiled.gradient)
    let dimension = model.dimension
    let key = RandomKey(seed: 7)
    let solverError = model.compiled.systems.isEmpty ? 0 : 1e-4
    for trial in 0..<3 {
      var generator = key.derived(UInt64(trial)).makeGenerator()
      let position = (0..<dimension).map { _ in 2 * generator.nextUniform() - 1 }
      let found = gradient.run(inputs: position, outputCount: dimension + 1)
      #expect(found[0] == density.run(inputs: position, outputCount: 1)[0])
      for index in 0..<dimension {
        let step = 1e-3
        func value(_ shift: Double) -> Double {
          var moved = position
          moved[index] += shift * step
          return density.run(inputs: moved, outputCount: 1)[0]
        }
        let near = value(1) - value(-1)
        let far = value(2) - value(-2)
        let expected = (8 * near - far) / (12 * step)
        let coarse = (8 * far - (value(4) - value(-4))) / (24 * step)
        let largest = found.reduce(1) { max($0, $1.magnitude) }
        let scale =
          1e-7 * (abs(expected) + 1) + 1e-12 * abs(found[0]) / step + solverError * largest
          + abs(expected - coarse)
        #expect(
          abs(found[index + 1] - expected) <= scale,
          "element \(index), trial \(trial): \(found[index + 1]) against \(expected)"
        )
      }
    }
  }

  /// Second derivatives along random directions, by the graph, against central differences of the gradient.
  ///
  /// Solutions of differential equations have first derivatives only. Intervals from 0 on under a Weibull distribution
  /// (survival_weibull) make the product rule meet 0 times infinity.
  @Test(
    arguments: try Example.all.filter {
      try $0.name != "survival_weibull" && $0.model().compiled.systems.isEmpty
    }
  )
  func secondDerivativesAgreeWithDifferencesOfGradients(_ example: Example) throws {
    let model = try example.model()
    let dimension = model.dimension
    let graph = try model.compiled.curvature()
    let curvature = ReferenceExecutor(graph)
    let gradient = ReferenceExecutor(model.compiled.gradient)
    var generator = RandomKey(seed: 8).makeGenerator()
    for trial in 0..<2 {
      let position = (0..<dimension).map { _ in 2 * generator.nextUniform() - 1 }
      let direction = (0..<dimension).map { _ in generator.nextNormal() }
      let found = curvature.run(inputs: position + direction, outputCount: graph.outputCount)
        .suffix(dimension)
      let step = 1e-4
      func value(_ shift: Double) -> [Double] {
        let moved = zip(position, direction).map { $0 + shift * step * $1 }
        return Array(gradient.run(inputs: moved, outputCount: dimension + 1).dropFirst())
      }
      let (one, minusOne, two, minusTwo) = (value(1), value(-1), value(2), value(-2))
      let largest = found.reduce(1) { max($0, $1.magnitude) }
      for (index, own) in found.enumerated() {
        let (near, far) = (one[index] - minusOne[index], two[index] - minusTwo[index])
        let expected = (8 * near - far) / (12 * step)
        let rounding = 1e-12 * (abs(one[index]) + largest) / step
        let tolerance =
          1e-6 * (abs(expected) + 1) + rounding
          + abs(near / (2 * step) - far / (4 * step))
        #expect(
          abs(own - expected) <= tolerance,
          "element \(index), trial \(trial): \(own) against \(expected)"
        )
      }
    }
  }
}
