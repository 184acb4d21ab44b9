/// A rule by which gradients move parameters.
package enum OptimizerRule: Sendable, Hashable {
  /// v ← μ v + g, θ ← θ − η v, or with Nesterov's look ahead θ ← θ − η (g + μ v) (Sutskever et al. 2013, ICML, equations 3-4 as
  /// rewritten for the moved point).
  case sgd(momentum: Double, isNesterov: Bool)
  /// θ ← θ − η g / (√E[g²] + ε) (Tieleman and Hinton 2012, Coursera lecture 6.5).
  case rmsProp(decay: Double, epsilon: Double)
  /// Kingma and Ba 2015, arXiv:1412.6980, algorithm 1.
  case adam(beta1: Double, beta2: Double, epsilon: Double)
  /// The same with weight decay apart from the gradient (Loshchilov and Hutter 2019, arXiv:1711.05101, algorithm 2).
  case adamW(beta1: Double, beta2: Double, epsilon: Double)
}

/// A rule with its settings.
package struct OptimizerSettings: Sendable, Hashable {
  package var rule: OptimizerRule
  /// Step size η > 0 at the start of the schedule.
  package var rate: Double
  /// λ ≥ 0 of the penalty λ/2 θ², or of decay with AdamW; per observation, as the loss.
  package var weightDecay = 0.0
  /// α ≥ 0 of the penalty α |θ|.
  package var absolutePenalty = 0.0

  package init(_ rule: OptimizerRule, rate: Double) {
    self.rule = rule
    self.rate = rate
  }

  /// Adam with the usual constants.
  package static func adam(_ rate: Double) -> Self {
    Self(.adam(beta1: 0.9, beta2: 0.999, epsilon: 1e-8), rate: rate)
  }
}

/// Moves parameters along gradients of a loss that is to be small.
///
/// Its memory is allocated once; a step allocates nothing.
@safe
package final class Optimizer {
  private let settings: OptimizerSettings
  private let count: Int
  private let first: UnsafeMutablePointer<Float>
  private let second: UnsafeMutablePointer<Float>
  private var stepNumber = 0
  private var (power1, power2) = (1.0, 1.0)

  /// The state at the start, for `count` parameters.
  package init(_ settings: OptimizerSettings, count: Int) {
    self.settings = settings
    self.count = count
    unsafe first = .allocate(capacity: max(1, count))
    unsafe first.initialize(repeating: 0, count: max(1, count))
    unsafe second = .allocate(capacity: max(1, count))
    unsafe second.initialize(repeating: 0, count: max(1, count))
  }

  deinit {
    unsafe first.deallocate()
    unsafe second.deallocate()
  }

  func save(into state: inout TrainingState) {
    state[count: "optimizer.step"] = stepNumber
    state.numbers["optimizer.powers"] = [power1, power2]
    state.arrays["optimizer.first"] = (0..<count).map { unsafe first[$0] }
    state.arrays["optimizer.second"] = (0..<count).map { unsafe second[$0] }
  }

  /// Goes on from what was saved; false where that is of another optimiser.
  func restore(from state: TrainingState) -> Bool {
    guard let step = state[count: "optimizer.step"],
      let powers = state.numbers["optimizer.powers"], powers.count == 2,
      let first = state.array("optimizer.first", count: count),
      let second = state.array("optimizer.second", count: count)
    else { return false }
    stepNumber = step
    (power1, power2) = (powers[0], powers[1])
    for index in 0..<count {
      unsafe self.first[index] = first[index]
      unsafe self.second[index] = second[index]
    }
    return true
  }

  /// Moves parameters by one step.
  ///
  /// - Parameters:
  ///   - parameters: θ; changed in place.
  ///   - gradient: the loss's gradient; penalties are added to it in place.
  ///   - penalised: the parameters that weight decay and penalties act on.
  ///   - factor: what the settings' step size is multiplied by.
  package func step(
    _ parameters: UnsafeMutablePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>,
    penalised: [Range<Int>],
    rate factor: Double
  ) {
    let eta = Float(settings.rate * factor)
    stepNumber += 1
    for range in penalised {
      unsafe penalise(parameters + range.lowerBound, gradient + range.lowerBound, range.count, eta)
    }
    switch settings.rule {
    case .sgd(let momentum, let isNesterov):
      unsafe descend(parameters, gradient, eta, Float(momentum), isNesterov)
    case .rmsProp(let decay, let epsilon):
      let (keep, add, floor) = (Float(decay), Float(1 - decay), Float(epsilon))
      let second = unsafe self.second
      for index in 0..<count {
        let g = unsafe gradient[index]
        let square = unsafe keep * second[index] + add * g * g
        unsafe second[index] = square
        unsafe parameters[index] -= eta * g / (square.squareRoot() + floor)
      }
    case .adam(let beta1, let beta2, let epsilon), .adamW(let beta1, let beta2, let epsilon):
      unsafe adapt(parameters, gradient, eta, beta1, beta2, epsilon)
    }
  }

  private func penalise(
    _ parameters: UnsafeMutablePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>,
    _ count: Int,
    _ eta: Float
  ) {
    let decay = Float(settings.weightDecay)
    if decay > 0 {
      if case .adamW = settings.rule {
        let shrink = 1 - eta * decay
        for index in 0..<count { unsafe parameters[index] *= shrink }
      } else {
        for index in 0..<count { unsafe gradient[index] += decay * parameters[index] }
      }
    }
    let alpha = Float(settings.absolutePenalty)
    if alpha > 0 {
      for index in 0..<count {
        let value = unsafe parameters[index]
        unsafe gradient[index] += value > 0 ? alpha : value < 0 ? -alpha : 0
      }
    }
  }

  private func descend(
    _ parameters: UnsafeMutablePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>,
    _ eta: Float,
    _ momentum: Float,
    _ isNesterov: Bool
  ) {
    if momentum == 0 {
      for index in 0..<count { unsafe parameters[index] -= eta * gradient[index] }
      return
    }
    let first = unsafe self.first
    for index in 0..<count {
      let g = unsafe gradient[index]
      let velocity = unsafe momentum * first[index] + g
      unsafe first[index] = velocity
      unsafe parameters[index] -= eta * (isNesterov ? g + momentum * velocity : velocity)
    }
  }

  private func adapt(
    _ parameters: UnsafeMutablePointer<Float>,
    _ gradient: UnsafeMutablePointer<Float>,
    _ eta: Float,
    _ beta1: Double,
    _ beta2: Double,
    _ epsilon: Double
  ) {
    power1 *= beta1
    power2 *= beta2
    let scale = eta * Float(1 / (1 - power1))
    let correction = Float(1 / (1 - power2).squareRoot())
    let (keep1, add1) = (Float(beta1), Float(1 - beta1))
    let (keep2, add2) = (Float(beta2), Float(1 - beta2))
    let floor = Float(epsilon)
    // Held in registers: the loop is vectorised only where nothing can move them.
    let (first, second) = unsafe (self.first, self.second)
    for index in 0..<count {
      let g = unsafe gradient[index]
      let mean = unsafe keep1 * first[index] + add1 * g
      let square = unsafe keep2 * second[index] + add2 * g * g
      unsafe first[index] = mean
      unsafe second[index] = square
      unsafe parameters[index] -= scale * mean / (square.squareRoot() * correction + floor)
    }
  }
}
