import PPLDistributions
import PPLGraphIR
import PPLTensorCore
import PPLTypeSystem

/// A draw of a discrete latent from what approximates it, element by element.
struct DiscreteDraw {
  /// The latent's shape.
  var value: GraphValue
  /// The log probability of each element, given what its distribution reads; of the same shape.
  var logProbability: GraphValue
  /// The entropy of each element where that has a closed form; of the same shape.
  var entropy: GraphValue?
}

/// The families that stand for the elements of a discrete latent without a guide, each element with parameters of its own.
///
/// A unimodal family for counts is the discretised logistic distribution,
///
///     q(z) = F((z + ½ − μ) / s) − F((z − ½ − μ) / s),    F(x) = 1 / (1 + exp(−x)),
///
/// where the least and the greatest value have all that lies beyond (Salimans et al. 2017, arXiv:1701.05517, section 2.1). It may be
/// narrower and wider than a Poisson distribution of its mean, as posteriors of counts are, and takes any ends, also those
/// that another latent gives.
enum DiscreteGuideFamily {
  /// Two values, with log-odds.
  case bernoulli(first: Double)
  /// Values from the first on, with logits; these elements do not have all of them: 1 for those that are possible, `[…, K]`.
  case categorical(first: Double, count: Int, possible: Tensor?)
  /// Integers by a discretised logistic distribution between ends that belong to it, which have the latent's shape; nil for
  /// none.
  case discretizedLogistic(lower: GraphValue?, upper: GraphValue?)

  /// Values beyond which a range is taken by its order, not value by value.
  static let mostCategories = 100

  /// What its elements are said to be, for people.
  var summary: String {
    switch self {
    case .bernoulli: "Bernoulli, log-odds for each element"
    case .categorical(_, let count, _): "Categorical, \(count) logits for each element"
    case .discretizedLogistic: "discretised logistic, location and scale for each element"
    }
  }

  /// The parameters of an element: how many numbers each has, and where they begin.
  var parameters: [(role: StochasticParameter.Role, count: Int?, start: ParameterStart)] {
    switch self {
    case .bernoulli: [(.logit, nil, .random(.normal(Self.startingSpread)))]
    case .categorical(_, let count, _): [(.logit, count, .random(.normal(Self.startingSpread)))]
    case .discretizedLogistic(let lower, let upper):
      [
        (.location, nil, .random(.normal(Self.startingSpread))),
        (.logScale, nil, .constant(lower != nil && upper != nil ? -2 : 0)),
      ]
    }
  }

  /// Elements do not begin all alike: what is symmetric in them would stay so.
  private static let startingSpread = 0.1

  /// Log-odds of what an element cannot be.
  private static let impossible = -1e9

  /// Draws elements of a shape.
  ///
  /// `values` are those of the parameters of these elements, with what each has for an element behind; `isBoolean` elements
  /// are true and false.
  func draw(_ values: [GraphValue], _ shape: Shape, isBoolean: Bool, _ random: RandomSource)
    -> DiscreteDraw
  {
    let builder = random.builder
    func integer(_ value: Double) -> GraphValue {
      builder.constant(Tensor(scalar: value, kind: .integer)).reshape(.ones(rank: shape.rank))
    }
    switch self {
    case .bernoulli(let first):
      let logit = values[0]
      let isSecond = random.uniform(shape).isLess(than: logit.logistic())
      return DiscreteDraw(
        value: isBoolean ? isSecond : isSecond.select(integer(first + 1), integer(first)),
        logProbability: isSecond.select(-(-logit).softplus(), -logit.softplus()),
        entropy: logit.softplus() - logit * logit.logistic()
      )
    case .categorical(let first, let count, let possible):
      var logits = values[0]
      if let possible {
        let outer = [Int](repeating: 1, count: shape.rank + 1 - possible.shape.rank)
        let mask = builder.constant(possible).reshape(Shape(outer + possible.shape.sizes))
        logits = mask.isGreater(than: 0).select(logits, Self.impossible)
      }
      let axis = shape.rank
      let logSum = logits.logSumExp(axes: [axis])
      let logarithms = logits - logSum
      let position = Categorical().sample(
        shape: shape,
        DistributionArguments(parameterisation: 1, [logits]),
        lower: nil,
        upper: nil,
        random: random
      )
      guard let position else { preconditionFailure("categories can be drawn") }
      let states = Tensor(
        shape: Shape([Int](repeating: 1, count: axis) + [count]),
        kind: .integer,
        values: (0..<count).map(Double.init)
      )
      let isDrawn = position.reshape(Shape(shape.sizes + [1]))
        .isEqual(to: builder.constant(states))
      return DiscreteDraw(
        value: first == 0 ? position : position + integer(first),
        logProbability: isDrawn.select(logarithms, 0).sum(axes: [axis]).reshape(shape),
        entropy: -(logarithms.exp() * logarithms).sum(axes: [axis]).reshape(shape)
      )
    case .discretizedLogistic(let lower, let upper):
      let (location, scale) = Self.locationScale(values[0], values[1], lower, upper)
      let uniform = random.uniform(shape)
      let noise = uniform.log() - (-uniform).log1p()
      var value = (location + scale * noise).round()
      if let lower { value = value.max(lower) }
      if let upper { value = value.min(upper) }
      value = value.detached()
      let below = (value - 0.5 - location) / scale
      let above = (value + 0.5 - location) / scale
      // log(F(b) − F(a)) = log F(b) + log(1 − F(a)) + log(1 − exp(a − b)); at an end its factor is 1.
      var (first, last) = (-below.softplus(), -(-above).softplus())
      var between = (-scale.reciprocal()).log1mExp()
      if let lower {
        let isLowest = value.isLessOrEqual(to: lower)
        first = isLowest.select(0, first)
        between = isLowest.select(0, between)
      }
      if let upper {
        let isGreatest = value.isGreaterOrEqual(to: upper)
        last = isGreatest.select(0, last)
        between = isGreatest.select(0, between)
      }
      return DiscreteDraw(value: value, logProbability: first + last + between, entropy: nil)
    }
  }

  /// μ and s of the discretised logistic distribution from unconstrained numbers.
  ///
  /// From one end on μ is as far as an exponential, so that steps are shares of the distance; between two it is a share of what
  /// lies between them, and so is s.
  private static func locationScale(
    _ location: GraphValue,
    _ logScale: GraphValue,
    _ lower: GraphValue?,
    _ upper: GraphValue?
  ) -> (location: GraphValue, scale: GraphValue) {
    switch (lower, upper) {
    case (nil, nil): return (location, logScale.exp())
    case (let lower?, nil): return (lower - 0.5 + location.exp(), logScale.exp())
    case (nil, let upper?): return (upper + 0.5 - location.exp(), logScale.exp())
    case (let lower?, let upper?):
      let width = upper - lower + 1
      return (lower - 0.5 + width * location.logistic(), width * logScale.exp())
    }
  }
}
