import PPLTensorCore
import PPLTraining
import Testing

/// Each rule against its equations, written out in double precision.
@Suite struct OptimizerTests {
  /// A rule with the same steps in plain arithmetic: (θ, gradients in order) → θ.
  struct Rule: CustomTestStringConvertible, Sendable {
    var testDescription: String
    var settings: OptimizerSettings
    var expected: @Sendable (Double, [Double]) -> Double
  }

  private static let rate = 0.1

  static let rules: [Rule] = [
    Rule(
      testDescription: "sgd",
      settings: OptimizerSettings(.sgd(momentum: 0, isNesterov: false), rate: rate)
    ) { start, gradients in gradients.reduce(start) { $0 - rate * $1 } },
    Rule(
      testDescription: "momentum",
      settings: OptimizerSettings(.sgd(momentum: 0.9, isNesterov: false), rate: rate)
    ) { start, gradients in
      var (x, v) = (start, 0.0)
      for g in gradients {
        v = 0.9 * v + g
        x -= rate * v
      }
      return x
    },
    Rule(
      testDescription: "nesterov",
      settings: OptimizerSettings(.sgd(momentum: 0.9, isNesterov: true), rate: rate)
    ) { start, gradients in
      var (x, v) = (start, 0.0)
      for g in gradients {
        v = 0.9 * v + g
        x -= rate * (g + 0.9 * v)
      }
      return x
    },
    Rule(
      testDescription: "rmsprop",
      settings: OptimizerSettings(.rmsProp(decay: 0.9, epsilon: 1e-6), rate: rate)
    ) { start, gradients in
      var (x, s) = (start, 0.0)
      for g in gradients {
        s = 0.9 * s + 0.1 * g * g
        x -= rate * g / (s.squareRoot() + 1e-6)
      }
      return x
    },
    Rule(testDescription: "adam", settings: .adam(rate)) { start, gradients in
      adam(start, gradients)
    },
    Rule(testDescription: "adamw", settings: decoupled()) { start, gradients in
      var (x, m, s) = (start, 0.0, 0.0)
      for (step, g) in gradients.enumerated() {
        x *= 1 - rate * 0.2
        m = 0.9 * m + 0.1 * g
        s = 0.999 * s + 0.001 * g * g
        let (a, b) = (m / (1 - power(0.9, step + 1)), s / (1 - power(0.999, step + 1)))
        x -= rate * a / (b.squareRoot() + 1e-8)
      }
      return x
    },
    Rule(testDescription: "weight decay and l1", settings: penalised()) { start, gradients in
      gradients.reduce(start) { $0 - rate * ($1 + 0.2 * $0 + ($0 > 0 ? 0.05 : -0.05)) }
    },
  ]

  private static func power(_ base: Double, _ count: Int) -> Double {
    (0..<count).reduce(1) { product, _ in product * base }
  }

  private static func adam(_ start: Double, _ gradients: [Double]) -> Double {
    var (x, m, s) = (start, 0.0, 0.0)
    for (step, g) in gradients.enumerated() {
      m = 0.9 * m + 0.1 * g
      s = 0.999 * s + 0.001 * g * g
      let (a, b) = (m / (1 - power(0.9, step + 1)), s / (1 - power(0.999, step + 1)))
      x -= rate * a / (b.squareRoot() + 1e-8)
    }
    return x
  }

  private static func decoupled() -> OptimizerSettings {
    var settings = OptimizerSettings(.adamW(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), rate: rate)
    settings.weightDecay = 0.2
    return settings
  }

  private static func penalised() -> OptimizerSettings {
    var settings = OptimizerSettings(.sgd(momentum: 0, isNesterov: false), rate: rate)
    settings.weightDecay = 0.2
    settings.absolutePenalty = 0.05
    return settings
  }

  @Test(arguments: rules)
  func followsItsEquations(_ rule: Rule) {
    let starts = [1.0, -0.7, 2.5, -3, 0.4]
    let steps: [[Double]] = (0..<4).map { step in
      starts.indices.map { 0.3 * Double($0) - 0.5 + 0.2 * Double(step) }
    }
    let optimizer = Optimizer(rule.settings, count: starts.count)
    var parameters = starts.map { Float($0) }
    for gradient in steps {
      var gradient = gradient.map { Float($0) }
      let all = 0..<starts.count
      unsafe parameters.withUnsafeMutableBufferPointer { parameters in
        unsafe gradient.withUnsafeMutableBufferPointer { gradient in
          guard let p = parameters.baseAddress, let g = gradient.baseAddress else {
            return
          }
          unsafe optimizer.step(p, g, penalised: [all], rate: 1)
        }
      }
    }
    for (index, start) in starts.enumerated() {
      let expected = rule.expected(start, steps.map { $0[index] })
      #expect(abs(Double(parameters[index]) - expected) < 2e-6 * (1 + abs(expected)))
    }
  }

  @Test func schedulesBeginAtOneAndEndAsTheyShould() {
    for schedule in LearningRateSchedule.allCases { #expect(schedule.factor(at: 0) == 1) }
    #expect(LearningRateSchedule.constant.factor(at: 1) == 1)
    #expect(abs(LearningRateSchedule.cosine.factor(at: 1)) < 1e-12)
    #expect(abs(LearningRateSchedule.cosine.factor(at: 0.5) - 0.5) < 1e-12)
    #expect(LearningRateSchedule.linear.factor(at: 1) == 0)
    #expect(LearningRateSchedule.step.factor(at: 0.6) == 0.1)
    #expect(LearningRateSchedule.step.factor(at: 0.8) == 0.01)
  }
}
