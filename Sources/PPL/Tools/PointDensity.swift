import PPLExecution
import PPLGraphIR
import PPLJSON
import PPLModelCompiler
import PPLSemantics
public import PPLSourceText
import PPLSyntax
import PPLTensorCore
import PPLTypeSystem

/// The log density of a model at one point.
public struct PointDensity: Sendable {
  /// Log density of the constrained values, all constants included.
  public var logDensity: Double
  /// The same with the log Jacobian of the transforms: the density of the unconstrained values.
  public var logDensityWithJacobian: Double
  /// The unconstrained values of each sampled statement, in order.
  public var unconstrained: [(name: String, values: [Double])]
  /// Gradient of `logDensityWithJacobian` with respect to them.
  public var gradient: [(name: String, values: [Double])]

  /// As JSON.
  ///
  /// - Parameter withGradient: whether the gradient is in it.
  /// - Returns: an object with `log_density`, `log_density_jacobian`, `unconstrained` and, if wanted, `gradient`.
  public func json(withGradient: Bool) -> String {
    var members = [
      JSONMember("log_density", .real(logDensity)),
      JSONMember("log_density_jacobian", .real(logDensityWithJacobian)),
      JSONMember("unconstrained", Self.object(unconstrained)),
    ]
    if withGradient { members.append(JSONMember("gradient", Self.object(gradient))) }
    return JSONValue.object(members).text(.indented)
  }

  /// For people.
  ///
  /// - Parameter withGradient: whether the gradient is in it.
  /// - Returns: lines of text.
  public func text(withGradient: Bool) -> String {
    var lines = [
      "log density                 \(logDensity)",
      "log density with Jacobian   \(logDensityWithJacobian)",
    ]
    guard withGradient else { return lines.joined(separator: "\n") }
    lines.append("gradient with respect to the unconstrained values:")
    for block in gradient {
      lines.append("  \(block.name)  \(block.values.map { "\($0)" }.joined(separator: " "))")
    }
    return lines.joined(separator: "\n")
  }

  /// Statements on one name are one entry.
  private static func object(_ blocks: [(name: String, values: [Double])]) -> JSONValue {
    var order: [String] = []
    var joined: [String: [Double]] = [:]
    for block in blocks {
      if joined[block.name] == nil { order.append(block.name) }
      joined[block.name, default: []] += block.values
    }
    return .object(
      order.map { name in
        JSONMember(name, .array((joined[name] ?? []).map { .real($0) }))
      }
    )
  }
}

/// Why a point cannot be evaluated.
public struct PointFailure: Error, Sendable {
  /// What is wrong with it.
  public var diagnostics: [Diagnostic]
}

extension Model {
  /// Evaluates log density and gradient at constrained values.
  ///
  /// `data` hold for every sampled quantity its value under its name, axes as in its type.
  ///
  /// - Parameter data: all sampled quantities, on their own scale.
  /// - Returns: the density with and without the log Jacobian of the transforms, and the gradient, in nats.
  /// - Throws: where a quantity is missing, has another shape, or lies outside of its support.
  public func density(atPointIn data: DataSet) throws(PointFailure) -> PointDensity {
    guard data.isValid else { throw PointFailure(diagnostics: data.diagnostics) }
    if let held = compiled.blocks.first(where: { $0.integers != nil }) {
      throw PointFailure(
        diagnostics: [
          Diagnostic(
            code: "E0901",
            message: "a point of a model whose discrete latents are drawn value by value cannot be"
              + " evaluated by this version",
            primary: .init(held.span, "drawn value by value"),
            help: "evaluate a model without `\(held.name)`, or with its values as data"
          )
        ]
      )
    }
    var values: [VariableID: Tensor] = [:]
    var problems: [Diagnostic] = []
    for quantity in compiled.recorded where quantity.role == .sampled {
      let variable = bound.model.variables[quantity.variable.index]
      guard let array = data.arrays[quantity.name] else {
        problems.append(
          Diagnostic(
            code: "E0801",
            message: "the point has no value for `\(quantity.name)`",
            primary: .init(variable.name.span)
          )
        )
        continue
      }
      guard case .numbers(let numbers, let missing) = array.content, missing.isEmpty,
        array.shape == quantity.shape
      else {
        let wanted = quantity.shape.isEmpty ? "one number" : "numbers of shape \(quantity.shape)"
        problems.append(
          Diagnostic(
            code: "E0802",
            message: "the point's value for `\(quantity.name)` must be \(wanted)",
            primary: .init(variable.name.span),
            dataLocation: array.location()
          )
        )
        continue
      }
      values[quantity.variable] = Tensor(shape: Shape(array.shape), values: numbers)
    }
    guard problems.isEmpty else { throw PointFailure(diagnostics: problems) }
    let (position, violations): ([Double], [SupportViolation])
    do {
      (position, violations) = try ModelCompiler.unconstrain(values, bound, like: compiled)
    } catch {
      throw PointFailure(diagnostics: [error.diagnostic])
    }
    guard violations.isEmpty else {
      throw PointFailure(diagnostics: violations.map { diagnostic($0, data) })
    }
    return density(at: position)
  }

  private func diagnostic(_ violation: SupportViolation, _ data: DataSet) -> Diagnostic {
    let quantity = compiled.recorded.first { $0.variable == violation.variable }
    let variable = bound.model.variables[violation.variable.index]
    let subject: String
    if violation.count > 1, violation.count == quantity?.count {
      subject = "`\(variable.name.text)`"
    } else {
      let element = quantity?.elementNames[violation.element] ?? variable.name.text
      subject = violation.count > 1 ? "what begins at `\(element)`" : "`\(element)`"
    }
    return Diagnostic(
      code: "E0805",
      message: "\(subject) \(violation.found) in the point; \(violation.rule)",
      primary: .init(violation.span, "outside of its support"),
      dataLocation: data.arrays[variable.name.text]?.location(of: violation.element)
    )
  }

  /// Evaluates log density and gradient at unconstrained values, D of them.
  package func density(at position: [Double]) -> PointDensity {
    let parts = ReferenceExecutor(compiled.densityParts).run(inputs: position, outputCount: 2)
    let gradient = ReferenceExecutor(compiled.gradient)
      .run(inputs: position, outputCount: compiled.dimension + 1)
    func blocks(_ values: ArraySlice<Double>) -> [(name: String, values: [Double])] {
      compiled.blocks.map { block in
        let start = values.startIndex + block.offset
        return (block.name, Array(values[start..<(start + block.count)]))
      }
    }
    return PointDensity(
      logDensity: parts[1],
      logDensityWithJacobian: parts[0],
      unconstrained: blocks(position[...]),
      gradient: blocks(gradient.dropFirst())
    )
  }
}
