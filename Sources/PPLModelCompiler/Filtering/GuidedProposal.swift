import PPLAutodiff
import PPLDistributions
import PPLGraphIR
import PPLSemantics
import PPLSourceText
import PPLTensorCore

// Notation: x states of a step, R of them; m their means given earlier states; f(x) = log p(x | earlier) + log p(data | x);
// g and Q gradient and negative Hessian of f at m; L the factor of Q = L Lᵀ; z standard normal; ε the share of draws from
// the states' own statements.

/// States drawn near the data of their step.
///
///     x = m + Q⁻¹ g + L⁻ᵀ z
///
/// is a draw of the locally optimal proposal p(x | earlier, data) where f is quadratic, as for normal states that are seen with
/// normal errors, and of the normal distribution by one step of Newton's method elsewhere. Where Q is not positive definite, and
/// for a share ε of all draws, x comes from the states' own statements: weights p/q are at most p(data | x) / ε then, whatever
/// the tails of f. R is small, so that the factor is written out, for all particles at once.
///
/// Source: Doucet, Godsill and Andrieu 2000, doi:10.1023/A:1008935410038, section II.D (local linearisation, with the states'
/// predicted mean as the point); Hesterberg 1995, doi:10.1080/00401706.1995.10484303 (the share of draws that bounds weights).
struct GuidedProposal {
  /// Most states of a step.
  private static let greatestCount = 8
  /// ε.
  private static let ownShare = 0.05

  let drawn: [GraphValue]
  let means: [GraphValue]
  let segment: TracedSegment
  let assembly: StepAssembly
  private var builder: GraphBuilder { means[0].builder }
  private var particles: Int { assembly.trace.particles }

  /// Proposed states, in the shapes of their statements.
  struct Proposed {
    var states: [GraphValue]
    /// The log density of the proposal, given that of the states' own statements, `[particles]`.
    var logDensity: (GraphValue) -> GraphValue
  }

  init(
    drawn: [GraphValue],
    means: [GraphValue],
    segment: TracedSegment,
    assembly: StepAssembly
  ) throws(LoweringError) {
    self.drawn = drawn
    self.means = means
    self.segment = segment
    self.assembly = assembly
    let count = means.reduce(0) { $0 + $1.shape.count / assembly.trace.particles }
    guard count <= Self.greatestCount else {
      let model = assembly.trace.model.model
      throw StateSpaceStructure.refusal(
        "`filter: guided` proposes up to \(Self.greatestCount) states of a step together",
        model.equations[segment.states[0].equation].targetSpan,
        "a step has \(count)",
        help: "use `filter: bootstrap`, which draws states from their own statements"
      )
    }
  }

  /// The proposal's draws.
  func states(_ inputs: inout StepInputs) throws(LoweringError) -> Proposed {
    let (gradient, precision) = try derivatives(&inputs)
    let count = gradient.count
    let random = RandomSource(
      builder: builder,
      firstStream: assembly.trace.model.random.nextStream
    )
    let (factor, pivots) = cholesky(precision)
    var isDefinite = builder.constant(Tensor(scalar: 1, kind: .boolean)).broadcast(to: column)
    for pivot in pivots {
      isDefinite = isDefinite.and(pivot.isGreater(than: 0)).and(pivot.isLess(than: .infinity))
    }
    // L y = g, then Lᵀ (x - m) = y + z.
    var whitened: [GraphValue] = []
    for row in 0..<count {
      var value = gradient[row]
      for other in 0..<row { value = value - factor[row][other] * whitened[other] }
      whitened.append(value / factor[row][row])
    }
    let noise = random.normal([particles, count])
    let z = (0..<count).map { noise.slice(axis: 1, start: $0, count: 1) }
    var shift = [GraphValue](repeating: z[0], count: count)
    for row in (0..<count).reversed() {
      var value = whitened[row] + z[row]
      for other in (row + 1)..<max(row + 1, count) {
        value = value - factor[other][row] * shift[other]
      }
      shift[row] = value / factor[row][row]
    }
    let isOwn = isDefinite.not().or(random.uniform(column).isLess(than: Self.ownShare))
    let own = columns(drawn)
    let mean = columns(means)
    let x = (0..<count).map { isOwn.select(own[$0], mean[$0] + shift[$0]) }
    // log q at x: |Lᵀ (x - m) - y|² takes the place of |z|².
    var logDensity = builder.constant(-Double(count) * logSqrtTwoPi).broadcast(to: column)
    for row in 0..<count {
      var scaled = factor[row][row] * (x[row] - mean[row])
      for other in (row + 1)..<max(row + 1, count) {
        scaled = scaled + factor[other][row] * (x[other] - mean[other])
      }
      logDensity = logDensity + factor[row][row].log() - 0.5 * (scaled - whitened[row]).square()
    }
    let guided = logDensity.reshape([particles])
    let isGuided = isDefinite.reshape([particles])
    return Proposed(states: shaped(x)) { transition in
      let mixed = (transition + LibM.log(Self.ownShare))
        .logAddExp(guided + LibM.log(1 - Self.ownShare))
      return isGuided.select(mixed, transition)
    }
  }

  // MARK: Derivatives

  /// Gradient and negative Hessian of f at the means, by states.
  private func derivatives(_ inputs: inout StepInputs) throws(LoweringError) -> (
    gradient: [GraphValue], precision: [[GraphValue]]
  ) {
    let loop = try assembly.loop(of: segment)
    let first = segment.given.count
    let selected = Array(first..<(first + means.count))
    let hessian: Graph
    do {
      let joint = GraphBuilder(elementBudget: builder.elementBudget)
      let own = loop.graph.inputs.map { joint.addInput(shape: $0) }
      let values = joint.inline(loop.graph, inputs: own)
      let results = assembly.results(of: segment, loop.graph.outputs.map { values[$0.index] })
      let sum = assembly.total(results.transitions + results.weights, joint).sum()
      let slope = try PPLAutodiff.gradient(of: joint.build(outputs: [sum]), withRespectTo: selected)
      hessian = try PPLAutodiff.tangent(of: slope, withRespectTo: selected)
    } catch {
      throw LoweringError(ModelCompiler.diagnostic(error))
    }
    let operands =
      segment.given.compactMap { inputs.carries[$0.carry] } + means + inputs.values(for: loop)
    let count = columns(means).count
    var gradient: [GraphValue] = []
    var rows: [[GraphValue]] = []
    for index in 0..<count {
      let directions = shaped(
        (0..<count).map {
          builder.constant($0 == index ? 1 : 0).broadcast(to: column)
        }
      )
      let values = builder.inline(hessian, inputs: operands + directions)
      let outputs = hessian.outputs.map { values[$0.index] }
      gradient = columns(Array(outputs[1..<(1 + means.count)]))
      rows.append(columns(Array(outputs.suffix(means.count))).map { -$0 })
    }
    return (gradient, rows)
  }

  /// The factor of a matrix for each particle, and the squares of its diagonal.
  private func cholesky(_ matrix: [[GraphValue]]) -> (factor: [[GraphValue]], pivots: [GraphValue])
  {
    var factor: [[GraphValue]] = []
    var pivots: [GraphValue] = []
    for row in matrix.indices {
      var own: [GraphValue] = []
      for column in 0...row {
        var value = matrix[row][column]
        for other in 0..<column {
          value = value - (column == row ? own : factor[column])[other] * own[other]
        }
        if column == row {
          pivots.append(value)
          own.append(value.squareRoot())
        } else {
          own.append(value / factor[column][column])
        }
      }
      factor.append(own)
    }
    return (factor, pivots)
  }

  // MARK: Shapes

  private var column: Shape { [particles, 1] }

  /// The states of statements one by one, `[particles, 1]`.
  private func columns(_ values: [GraphValue]) -> [GraphValue] {
    values.flatMap { value -> [GraphValue] in
      let width = value.shape.count / particles
      let rows = value.reshape([particles, width])
      return (0..<width).map { rows.slice(axis: 1, start: $0, count: 1) }
    }
  }

  /// The reverse.
  private func shaped(_ columns: [GraphValue]) -> [GraphValue] {
    var rest = columns[...]
    return means.map { mean in
      let width = mean.shape.count / particles
      defer { rest = rest.dropFirst(width) }
      return GraphValue.concatenate(Array(rest.prefix(width)), axis: 1).reshape(mean.shape)
    }
  }
}
