import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore
import PPLTypeSystem

/// A family of the library with its arguments in the form that it takes: scalars with the axes of the plate and of
/// the lifting, vectors and matrices with their own axes behind.
struct LoweredFamily: LoweredDistribution {
  private let family: any Distribution
  private let arguments: DistributionArguments
  /// Whether the distribution function may be differentiated by all arguments that are not known.
  private let isProbabilityDifferentiable: Bool

  /// Lowers the arguments; zero stands for one that is left out.
  init(_ checked: CheckedFamily, _ place: DistributionPlace, leavingOut missing: Int? = nil)
    throws(LoweringError)
  {
    guard let family = DistributionLibrary.standard[checked.signature.name] else {
      preconditionFailure("a checked distribution is in the library")
    }
    var nodes: [GraphValue] = []
    var isDifferentiable = true
    for (position, argument) in checked.arguments.enumerated() {
      let parameter = checked.parameters[position]
      guard position != missing else {
        nodes.append(place.zero(parameter))
        continue
      }
      let node = try place.argument(argument, parameter)
      try place.lowering.checkKnownMatrix(node, argument, parameter, of: checked)
      if argument.stage == .random,
        !family.isLogProbabilityDifferentiable(inParameter: position)
      {
        isDifferentiable = false
      }
      nodes.append(node)
    }
    self.family = family
    arguments = DistributionArguments(parameterisation: checked.parameterisation, nodes)
    isProbabilityDifferentiable = isDifferentiable
  }

  func logDensity(of x: GraphValue) -> [GraphValue] { family.logDensity(of: x, arguments) }

  func logProbability(above lower: GraphValue?, upTo upper: GraphValue?) -> GraphValue? {
    guard isProbabilityDifferentiable else { return nil }
    return family.logProbability(above: lower, upTo: upper, arguments)
  }

  /// Where draws lie and how far they spread, if the family says so.
  var locationScale: LocationScale? { family.locationScale(arguments) }

  /// For vectors of equal normals that are restricted to a sum of 0, the log of the normaliser, an nth of it for each
  /// element; nil for others.
  ///
  /// It is the density at 0 of Σ x / √n, which is normal with mean √n μ and standard deviation σ: lengths in the plane of
  /// sum 0 are those of its orthonormal coordinates.
  func normaliserOfSumZero(count: Int) -> GraphValue? {
    guard family is Normal, count > 0,
      case .scalar(let location, let scale?) = family.locationScale(arguments),
      location.shape.sizes.last == 1, scale.shape.sizes.last == 1
    else { return nil }
    let n = Double(count)
    let logDensity =
      -0.5 * n * (location / scale).square() - scale.log() - logSqrtTwoPi
    return logDensity / n
  }

  func quantile(of p: GraphValue) -> GraphValue? { family.quantile(of: p, arguments) }

  func sample(shape: Shape, lower: GraphValue?, upper: GraphValue?, random: RandomSource)
    -> GraphValue?
  {
    family.sample(shape: shape, arguments, lower: lower, upper: upper, random: random)
  }
}

extension DistributionPlace {
  /// Zero in place of a parameter's value.
  func zero(_ parameter: ParameterSignature) -> GraphValue {
    let ones = [Int](repeating: 1, count: plate.rank + lifted.count)
    let own = [Int](repeating: eventSizes.last ?? 1, count: parameter.rank)
    return lowering.constant(0).reshape(Shape(ones + own.map { _ in 1 })).broadcast(
      to: Shape(ones + own)
    )
  }

  /// The value of a parameter, with the axes that it has in a distribution.
  func argument(_ argument: CheckedExpression, _ parameter: ParameterSignature)
    throws(LoweringError) -> GraphValue
  {
    let value = try lowering.lower(argument, plate)
    let width = eventRank > 0 ? eventSizes.last : nil
    let ones = [Int](repeating: 1, count: lifted.count)
    if value.ownRank == 0 {
      guard parameter.rank == 1, let width else {
        return value.node.reshape(Shape(value.plateSizes + ones))
      }
      return value.node.reshape(Shape(value.plateSizes + ones + [1]))
        .broadcast(to: Shape(value.plateSizes + ones + [width]))
    }
    let own = Array(value.ownSizes.suffix(parameter.rank))
    let lead = Array(value.ownSizes.dropLast(parameter.rank))
    if !lead.isEmpty, lead != lifted {
      throw lowering.sizeMismatch(lead, lifted, argument.span)
    }
    if let width, parameter.rank > 0, own.contains(where: { $0 != width }) {
      throw lowering.sizeMismatch(own, [width], argument.span)
    }
    return value.node.reshape(Shape(value.plateSizes + (lead.isEmpty ? ones : lead) + own))
  }
}
