import PPLExecution
import PPLGraphIR
import PPLModelCompiler
import PPLSemantics
import PPLSyntax
import PPLTensorCore

/// How well derivatives agree with central differences, at random points.
public struct GradientCheck: Sendable {
  /// The derivatives by one argument of a function outside of the program, or those of the log density.
  public struct Entry: Sendable {
    /// Function and argument, or `log density`.
    public var name: String
    /// Greatest error, relative to the derivative or the difference, whichever is larger; infinite where only one of them
    /// is a number.
    public var worst: Double
    /// Points at which both could be had.
    public var pointCount: Int
  }

  /// Functions in the order of the program, then the log density.
  public var entries: [Entry]

  /// The greatest error of all.
  public var worst: Double { entries.map(\.worst).max() ?? 0 }

  /// For people: a line for each entry.
  ///
  /// - Parameter tolerance: the relative error above which a line says so.
  /// - Returns: lines of text.
  public func text(tolerance: Double) -> String {
    let width = entries.map(\.name.count).max() ?? 0
    return entries.map { entry in
      let name = entry.name + String(repeating: " ", count: width - entry.name.count)
      guard entry.pointCount > 0 else { return "\(name)  no value at any point" }
      let digits = entry.worst.isFinite ? Self.rounded(entry.worst) : "no number"
      return "\(name)  \(digits)\(entry.worst > tolerance ? "  differs" : "")"
    }
    .joined(separator: "\n")
  }

  /// Two digits, for instance 3.1e-9.
  private static func rounded(_ value: Double) -> String {
    var (digits, exponent) = (value, 0)
    while digits > 0, digits < 1 { (digits, exponent) = (digits * 10, exponent - 1) }
    while digits >= 10 { (digits, exponent) = (digits / 10, exponent + 1) }
    let text = "\((digits * 10).rounded() / 10)"
    return exponent == 0 ? text : "\(text)e\(exponent)"
  }
}

extension Model {
  /// Points that are tried before one is found at which everything has a value.
  private static let attempts = 20

  /// Compares the derivatives that functions outside of the program give, and those of the log density, with central
  /// differences, at uniform points on (−2, 2)ᴰ on the unconstrained scale: where chains begin.
  ///
  /// - Parameters:
  ///   - points: number of points.
  ///   - seed: of the random numbers that they are drawn with.
  /// - Returns: the greatest errors, by function and argument.
  public func checkGradients(points: Int = 5, seed: UInt64 = 1) -> GradientCheck {
    let density = graphs.gradient(compiled).makeExecutor()
    let called = givenCallouts.map { ($0, ErrorTally(names: $0.names)) }
    let whole = ErrorTally(names: ["log density"])
    var generator = RandomKey(seed: seed).makeGenerator()
    for _ in 0..<points {
      for _ in 0..<Self.attempts {
        let position = (0..<dimension).map { _ in 4 * generator.nextUniform() - 2 }
        for (callout, tally) in called { callout.compare(at: position, tally) }
        if compare(density, at: position, &generator, whole) { break }
      }
    }
    return GradientCheck(entries: (called.map(\.1) + [whole]).flatMap(\.entries))
  }

  /// The calls whose derivatives come from outside.
  private var givenCallouts: [CalledOut] {
    let graph = compiled.densityParts
    var seen: Set<CalloutBody> = []
    return graph.nodes.compactMap { node in
      guard case .callout(let body, .value) = node.op, body.derivative != .none,
        body.columnCount > 0, seen.insert(body).inserted,
        let external = bound.model.externals.first(where: { $0.name.text == body.name }),
        external.gradient != .finiteDifference
      else { return nil }
      return CalledOut(
        body: body,
        operands: ReferenceExecutor(graph.restricted(to: node.operands)),
        names: external.parameters.map { "\(body.name): \($0.name)" }
      )
    }
  }

  /// Compares the gradient with differences in a few directions; false where there is no value.
  private func compare(
    _ density: any Executor,
    at position: [Double],
    _ generator: inout RandomGenerator,
    _ tally: ErrorTally
  ) -> Bool {
    func evaluate(_ position: [Double]) -> [Double] {
      density.run(inputs: position, outputCount: dimension + 1)
    }
    let here = evaluate(position)
    guard here[0].isFinite else { return false }
    for _ in 0..<min(3, dimension) {
      let direction = position.map { _ in generator.nextNormal() }
      let given = zip(direction, here.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
      let step = Differences.step
      let above = evaluate(zip(position, direction).map { $0 + step * $1 })[0]
      let below = evaluate(zip(position, direction).map { $0 - step * $1 })[0]
      let scale = zip(direction, here.dropFirst()).reduce(0) { $0 + abs($1.0 * $1.1) }
      tally.add(
        0,
        given: [given],
        differences: [(above - below) / (2 * step)],
        scale: max(scale, Differences.noise * abs(here[0]))
      )
    }
    return true
  }
}

/// Central differences as this check takes them.
private enum Differences {
  /// The cube root of the precision, at which the errors by rounding and by curvature are alike.
  static let step = 6.055e-6
  /// A derivative below this part of the value is lost in the rounding of differences.
  static let noise = 1e-4
}

/// Calls of a function outside of the program, in a model.
private struct CalledOut {
  var body: CalloutBody
  /// Position to the arguments, one after the other.
  var operands: ReferenceExecutor
  /// A name for each argument.
  var names: [String]

  /// Compares what one call gives at a position.
  func compare(at position: [Double], _ tally: ErrorTally) {
    let width = body.argumentWidth
    let arguments = operands.run(inputs: position, outputCount: body.callCount * width)
    // The first call stands for all: they are calls of one function.
    var row: [Double] = []
    var start = 0
    for own in body.widths {
      row += arguments[start..<start + own]
      start += own * body.callCount
    }
    let value = run(.value, row, count: body.resultWidth)
    guard value.allSatisfy(\.isFinite) else { return }
    for weights in directions {
      let given = derivatives(row, weights)
      for argument in body.widths.indices where body.isDifferentiated[argument] {
        let first = body.widths[..<argument].reduce(0, +)
        let elements = first..<first + body.widths[argument]
        let differences = elements.map { element in
          var (above, below) = (row, row)
          let step = Differences.step * max(abs(row[element]), 1)
          above[element] += step
          below[element] -= step
          let change = zip(
            run(.value, above, count: body.resultWidth),
            run(.value, below, count: body.resultWidth)
          ).map { $0 - $1 }
          return product(weights, change) / (above[element] - below[element])
        }
        let column = body.column(of: argument)
        tally.add(
          argument,
          given: Array(given[column..<column + elements.count]),
          differences: differences,
          scale: Differences.noise * abs(product(weights, value))
        )
      }
    }
  }

  /// Weights of the result's elements: each one alone, or all with signs where there are many.
  private var directions: [[Double]] {
    let width = body.resultWidth
    guard width > 8 else { return (0..<width).map { one in (0..<width).map { $0 == one ? 1 : 0 } } }
    var generator = RandomKey(seed: 0).makeGenerator()
    return (0..<8).map { _ in (0..<width).map { _ in generator.nextUniform() < 0.5 ? -1 : 1 } }
  }

  /// The derivatives of a weighted sum of the result's elements.
  private func derivatives(_ row: [Double], _ weights: [Double]) -> [Double] {
    if body.derivative == .pullback {
      return run(.pullback, row + weights, count: body.columnCount)
    }
    let stride = 1 + body.columnCount
    let columns = run(.columns, row, count: body.resultWidth * stride)
    return (1..<stride).map { column in
      product(weights, weights.indices.map { columns[$0 * stride + column] })
    }
  }

  private func product(_ left: [Double], _ right: [Double]) -> Double {
    zip(left, right).reduce(0) { $0 + $1.0 * $1.1 }
  }

  private func run(_ want: CalloutRequest.Want, _ row: [Double], count: Int) -> [Double] {
    var results = [Double](repeating: 0, count: count)
    var span = results.mutableSpan
    let request = CalloutRequest(
      want: want,
      count: 1,
      differentiated: body.differentiatedElements
    )
    body.function.run(request, arguments: row.span, results: &span)
    return results
  }
}

/// The worst errors so far.
private final class ErrorTally {
  private var worst: [Double]
  private var counts: [Int]
  private let names: [String]

  init(names: [String]) {
    self.names = names
    worst = names.map { _ in 0 }
    counts = names.map { _ in 0 }
  }

  /// Compares derivatives with differences; `scale` is a size below which they count as nothing.
  func add(_ place: Int, given: [Double], differences: [Double], scale: Double) {
    func size(_ values: [Double]) -> Double { values.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let error = size(zip(given, differences).map { $0 - $1 })
    let largest = max(size(given), size(differences), scale)
    counts[place] += 1
    guard error > 0 || error.isNaN else { return }
    let relative = error / largest
    worst[place] = max(worst[place], relative.isNaN ? .infinity : relative)
  }

  var entries: [GradientCheck.Entry] {
    names.indices.compactMap { place in
      // Arguments that depend on nothing are not differentiated.
      guard counts[place] > 0 || names.count == 1 else { return nil }
      return GradientCheck.Entry(
        name: names[place],
        worst: worst[place],
        pointCount: counts[place]
      )
    }
  }
}

extension Graph {
  /// The part of this graph that gives the values of some nodes.
  fileprivate func restricted(to results: [NodeID]) -> Graph {
    var isNeeded = [Bool](repeating: false, count: nodes.count)
    for id in results { isNeeded[id.index] = true }
    for index in nodes.indices.reversed() where isNeeded[index] {
      for operand in nodes[index].operands { isNeeded[operand.index] = true }
    }
    let builder = GraphBuilder(elementBudget: .max)
    let inputs = inputs.map { builder.addInput(shape: $0) }
    var values: [GraphValue?] = []
    for (index, node) in nodes.enumerated() {
      guard isNeeded[index] else {
        values.append(nil)
        continue
      }
      switch node.op {
      case .constant(let constant): values.append(builder.constant(constants[constant]))
      case .input(let input): values.append(inputs[input])
      default: values.append(builder.apply(node.op, node.operands.compactMap { values[$0.index] }))
      }
    }
    return builder.build(outputs: results.compactMap { values[$0.index] })
  }
}
