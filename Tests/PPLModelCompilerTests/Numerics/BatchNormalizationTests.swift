import Foundation
import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLSemantics
import PPLTensorCore
import PPLTypeSystem
import Testing

/// BatchNorm while a net is trained and afterwards, against PyTorch in double precision.
@Suite struct BatchNormalizationTests {
  /// Rows that go through a layer, some steps uphill, and what PyTorch has before each.
  struct Reference: Decodable, Sendable, CustomTestStringConvertible {
    struct Step: Decodable, Sendable {
      var objective: Double
      var weight_gradient: [Double]
      var bias_gradient: [Double]
      /// After the step.
      var running_mean: [Double]
      var running_var: [Double]
    }

    var name: String
    var layer: String
    var shape: [Int]
    var input: [Double]
    var rate: Double
    var weight: [Double]
    var bias: [Double]
    var running_mean: [Double]
    var running_var: [Double]
    var steps: [Step]
    /// What the layer gives after the last step, in evaluation.
    var evaluated: [Double]

    var testDescription: String { name }

    /// A program whose objective is 2 Σ sin f(x), by two statements that read the net.
    var text: String {
      let own = shape.dropFirst().map(String.init).joined(separator: ", ")
      return """
        dim obs = \(shape[0])
        data x[obs, \(own)]: real
        net f(x: real[\(own)]) -> real[\(own)] = x |> \(layer)
        y[i: obs]: real[\(own)] = f(x[i])
        factor first[i: obs] = sum(sin(y[i]))
        factor second[i: obs] = sum(sin(f(x[i])))
        """
    }

    func compiled() throws -> CompiledCase {
      try CompiledCase(text: text, data: ["x": .numbers(input, shape: shape)])
    }
  }

  static let references: [Reference] = {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "batchnorm.json")
    guard let data = try? Data(contentsOf: file),
      let found = try? JSONDecoder().decode([Reference].self, from: data)
    else { return [] }
    return found
  }()

  private func agree(_ found: some Sequence<Double>, _ expected: [Double], _ what: String) {
    for (a, b) in zip(found, expected) {
      #expect(abs(a - b) <= 1e-11 * (1 + abs(b)), "\(what): \(a), PyTorch \(b)")
    }
  }

  @Test func referencesAreThere() { #expect(Self.references.count == 3) }

  @Test(arguments: references)
  func stepsAreThoseOfPyTorch(_ reference: Reference) throws {
    let model = try ModelCompiler.compileStochastic(
      try reference.compiled().bound,
      rows: [:],
      isVariational: false
    )
    let count = reference.weight.count
    #expect(model.parameters.map(\.role) == [.fitted, .fitted, .running, .running])
    #expect(model.isTrainedOtherwise)
    let executor = ReferenceExecutor(model.gradient)
    var parameters =
      reference.weight + reference.bias + reference.running_mean + reference.running_var
    for step in reference.steps {
      let found = executor.run(inputs: parameters, outputCount: 1 + 4 * count)
      agree([found[0]], [step.objective], "objective")
      agree(found[1..<(1 + count)], step.weight_gradient, "gradient by the weight")
      agree(found[(1 + count)..<(1 + 2 * count)], step.bias_gradient, "gradient by the bias")
      agree(found[(1 + 2 * count)..<(1 + 3 * count)], step.running_mean, "average of means")
      agree(found[(1 + 3 * count)...], step.running_var, "average of variances")
      for index in 0..<(2 * count) { parameters[index] += reference.rate * found[1 + index] }
      parameters.replaceSubrange((2 * count)..., with: found[(1 + 2 * count)...])
    }
    let objective = ReferenceExecutor(model.objective).run(inputs: parameters, outputCount: 1)
    // A sum of many terms of both signs, to rounding of all of them.
    let terms = reference.evaluated.map { 2 * sin($0) }
    let scale = terms.reduce(0) { $0 + abs($1) }
    #expect(abs(objective[0] - terms.reduce(0, +)) <= 1e-12 * scale)
  }

  @Test(arguments: references)
  func predictionsUseTheAverages(_ reference: Reference) throws {
    let last = try #require(reference.steps.last)
    let compiled = try reference.compiled()
    var parameters = reference.weight + reference.bias + last.running_mean + last.running_var
    var (weight, bias) = (reference.weight, reference.bias)
    for step in reference.steps {
      for index in weight.indices {
        weight[index] += reference.rate * step.weight_gradient[index]
        bias[index] += reference.rate * step.bias_gradient[index]
      }
    }
    parameters.replaceSubrange(0..<(2 * weight.count), with: weight + bias)
    let values = compiled.recorded(at: parameters, key: .init(seed: 1))
    agree(try #require(values["y"]), reference.evaluated, "value")
  }

  /// What is frozen is a function of one example, and its averages stay.
  @Test(arguments: references)
  func frozenLayersUseTheirAverages(_ reference: Reference) throws {
    let compiled = try reference.compiled()
    let weights = compiled.bound.model.layers[0].weights
    let model = try ModelCompiler.compileStochastic(
      compiled.bound,
      rows: [:],
      isVariational: false,
      frozen: Set(weights)
    )
    let count = reference.weight.count
    let parameters =
      reference.weight + reference.bias + reference.running_mean + reference.running_var
    let found = ReferenceExecutor(model.gradient).run(
      inputs: parameters,
      outputCount: 1 + 4 * count
    )
    let objective = ReferenceExecutor(model.objective).run(inputs: parameters, outputCount: 1)
    agree([found[0]], objective, "objective")
    agree(found[(1 + 2 * count)...], reference.running_mean + reference.running_var, "averages")
  }

  @Test func oneExampleHasNothingToBeHeldAgainst() throws {
    let compiled = try CompiledCase(
      text: """
        data x[3]: real
        net f(x: real[3]) -> real[3] = x |> BatchNorm
        factor q = sum(f(x))
        """,
      data: ["x": .vector(1, 2, 3)]
    )
    let failure = #expect(throws: (any Error).self) {
      _ = try ModelCompiler.compileStochastic(compiled.bound, rows: [:], isVariational: false)
    }
    #expect("\(failure.map { "\($0)" } ?? "")".contains("E0209"))
  }
}
