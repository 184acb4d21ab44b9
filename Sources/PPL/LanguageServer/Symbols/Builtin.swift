import PPLInference
import PPLModelCompiler
import PPLTypeSystem

/// A name of the language itself, with what can be said of it.
struct Builtin: Sendable {
  enum Kind: Sendable {
    case distribution, engine, function, layer, type, constant
  }

  var name: String
  var kind: Kind
  /// How it is written, with its parameters.
  var form: String
  /// A few words about it; empty where there are none.
  var summary: String
  /// What can be set, a line each.
  var settings: [String] = []

  /// The name's meaning, if it has one.
  static func named(_ name: String) -> Builtin? { table[name] }

  /// All of them by name.
  static let all: [Builtin] = table.values.sorted { $0.name < $1.name }

  private static let table: [String: Builtin] = {
    var table: [String: Builtin] = [:]
    func add(_ name: String, _ kind: Kind, _ form: String, _ summary: String = "") {
      if table[name] == nil {
        table[name] = Builtin(name: name, kind: kind, form: form, summary: summary)
      }
    }
    for signature in ModelCompiler.signatures.distributions.values {
      let forms = signature.parameterisations.map { parameters in
        let list = parameters.map { parameter in
          "\(parameter.name)\(parameter.needsLabel ? ":" : "") \(parameter.domain.description)"
        }
        return "\(signature.name)(\(list.joined(separator: ", ")))"
      }
      add(signature.name, .distribution, forms.joined(separator: "\n"), signature.summary)
    }
    for name in ["truncated", "censored", "rounded", "Mixture"] {
      add(name, .distribution, "\(name)(…)", "makes a distribution of others")
    }
    for engine in EngineLibrary.standard.engines {
      let list = engine.settings.map { "\($0.name): …" }.joined(separator: ", ")
      add(engine.name, .engine, "\(engine.name)(\(list))", engine.summary)
      table[engine.name]?.settings = engine.settings.map { setting in
        "`\(setting.name)`: \(setting.summary) (\(setting.standard.words))"
      }
    }
    for layer in LayerKind.allCases {
      let settings = layer.signature.parameters.map { $0.isRequired ? $0.name : "\($0.name): …" }
      let list = settings.isEmpty ? "" : "(\(settings.joined(separator: ", ")))"
      add(layer.rawValue, .layer, layer.rawValue + list, "a layer of a net")
    }
    for function in BuiltinFunction.allCases {
      add(function.rawValue, .function, "\(function.rawValue)(…)")
    }
    for name in ["logp", "cdf", "quantile"] { add(name, .function, "\(name)(D(…), x)") }
    for name in ["integrate", "root"] { add(name, .function, "\(name)(f, a, b, …)") }
    for name in ["size", "last", "first"] { add(name, .function, "\(name)(d)") }
    for name in ["E", "P", "SD", "Q"] {
      add(name, .function, "\(name)(…)", "over the draws of a fit")
    }
    for name in ["real", "int", "bool"] { add(name, .type, name) }
    for name in VectorSupport.allCases.map(\.rawValue) { add(name, .type, "\(name)[d]") }
    for name in MatrixSupport.allCases.map(\.rawValue) { add(name, .type, "\(name)[d]") }
    for name in ["pi", "inf", "true", "false"] { add(name, .constant, name) }
    return table
  }()
}
