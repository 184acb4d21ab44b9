import PPLJSON
package import PPLPosteriorAnalysis
package import PPLReporting
import PPLStorage

/// What a run said of a fit that the draws alone do not tell: findings of its engine, figures of an approximation, checks.
///
/// It lies beside the arrays as `findings.json`.
package struct RunFindings: Sendable {
  /// Name of the fit in its program.
  package var name: String
  /// What ran the model's graphs.
  package var executor: String
  /// Findings, with what the draws tell as well.
  package var warnings: [DiagnosticWarning]
  /// What is known of an approximation.
  package var approximation: FitReport.Approximation?
  /// Posterior predictive checks that the program asked for.
  package var checks: [CheckHistogram] = []

  static let fileName = "findings.json"

  /// What a run reports of a fit.
  init(_ report: FitReport) {
    name = report.name
    executor = report.executor
    warnings = report.warnings.map(\.warning)
    approximation = report.approximation
  }

  /// What lies with a fit; nil if there is nothing that can be read.
  init?(of fit: String) {
    guard let bytes = try? readFile(fit + "/" + Self.fileName),
      let root = try? JSONDocument(bytes).root, root["schema"]?.integer == 1,
      let name = root["name"]?.string, let executor = root["executor"]?.string
    else { return nil }
    self.name = name
    self.executor = executor
    warnings = root["warnings"].elements.compactMap(DiagnosticWarning.init(stored:))
    if let node = root["approximation"], case .object = node.kind {
      approximation = FitReport.Approximation(
        elbo: node["elbo"]?.real ?? .nan,
        elboError: node["elbo_se"]?.real ?? .nan,
        shape: node["pareto_k"]?.real ?? .nan,
        logDensity: node["log_density"]?.real,
        bounds: node["bounds"].elements.compactMap(CurvePlot.Curve.init(stored:))
      )
    }
    checks = root["checks"].elements.compactMap(CheckHistogram.init(stored:))
  }

  /// Writes it beside the arrays of a fit.
  func write(to fit: String) throws(FitError) {
    var members: [JSONMember] = [
      JSONMember("schema", 1),
      JSONMember("name", .string(name)),
      JSONMember("executor", .string(executor)),
      JSONMember("warnings", .array(warnings.map(\.stored))),
    ]
    if let approximation { members.append(JSONMember("approximation", approximation.stored)) }
    if !checks.isEmpty { members.append(JSONMember("checks", .array(checks.map(\.stored)))) }
    try attachFile(
      JSONValue.object(members).utf8(.indented),
      named: Self.fileName,
      to: fit
    )
  }
}

extension JSONNode? {
  /// The elements of an array of values that are not all numbers.
  fileprivate var elements: [JSONNode] {
    guard case .array(let nodes)? = self?.kind else { return [] }
    return nodes
  }
}

extension DiagnosticWarning {
  fileprivate var stored: JSONValue {
    [
      "code": .string(code.rawValue), "message": .string(message), "advice": .string(advice),
      "count": .integer(count), "of": .integer(total), "quantity": .string(orNull: quantity),
      "failure": .bool(isFailure),
    ]
  }

  fileprivate init?(stored node: JSONNode) {
    guard let code = node["code"]?.string.flatMap(Code.init(rawValue:)),
      let message = node["message"]?.string, let advice = node["advice"]?.string
    else { return nil }
    var isFailure = false
    if case .bool(true)? = node["failure"]?.kind { isFailure = true }
    self.init(
      code: code,
      message: message,
      advice: advice,
      count: node["count"]?.integer ?? 0,
      total: node["of"]?.integer ?? 0,
      quantity: node["quantity"]?.string,
      isFailure: isFailure
    )
  }
}

extension FitReport.Approximation {
  fileprivate var stored: JSONValue {
    guard !bounds.isEmpty, case .object(let figures) = json else { return json }
    return .object(figures + [JSONMember("bounds", .array(bounds.map(\.stored)))])
  }
}

extension CurvePlot.Curve {
  fileprivate var stored: JSONValue {
    [
      "family": .string(name), "steps": .integers(xs.map { Int($0) }),
      "elbo": .array(ys.map(JSONValue.real)),
    ]
  }

  fileprivate init?(stored node: JSONNode) {
    guard let family = node["family"]?.string, let steps = node["steps"]?.integers,
      case .numbers(let bounds)? = node["elbo"]?.kind, bounds.values.count == steps.count,
      zip(steps, steps.dropFirst()).allSatisfy({ $0 < $1 })
    else { return nil }
    self.init(family, xs: steps.map(Double.init), ys: bounds.values)
  }
}

extension CheckHistogram {
  fileprivate var stored: JSONValue {
    [
      "name": .string(name), "observed": .real(observed), "p": .real(probability),
      "first": .real(first), "width": .real(width), "counts": .integers(counts),
    ]
  }

  fileprivate init?(stored node: JSONNode) {
    guard let name = node["name"]?.string, let observed = node["observed"]?.real,
      let first = node["first"]?.real, let width = node["width"]?.real,
      let counts = node["counts"]?.integers, counts.allSatisfy({ $0 >= 0 })
    else { return nil }
    self.init(
      name: name,
      observed: observed,
      probability: node["p"]?.real ?? .nan,
      first: first,
      width: width,
      counts: counts
    )
  }
}
