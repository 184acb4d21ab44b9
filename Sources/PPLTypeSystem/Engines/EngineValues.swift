/// The settings of one use of an engine: what the program gives, and the signature's defaults.
package struct EngineValues: Sendable {
  private var numbers: [String: Double] = [:]
  private var words: [String: String] = [:]
  private var lists: [String: [String]] = [:]

  /// The defaults of an engine.
  package init(_ signature: EngineSignature) {
    for setting in signature.settings {
      switch setting.standard {
      case .number(let number): numbers[setting.name] = number
      case .word(let word): words[setting.name] = word
      case .chosen: break
      }
    }
  }

  /// A number; nil where the program sets none and the default is for the engine to choose.
  package subscript(number name: String) -> Double? {
    get { numbers[name] }
    set { numbers[name] = newValue }
  }

  /// A word; empty where there is none.
  package subscript(word name: String) -> String {
    get { words[name] ?? "" }
    set { words[name] = newValue }
  }

  /// A whole number; nil as for `number`.
  package subscript(count name: String) -> Int? {
    get { numbers[name].flatMap { Int(exactly: $0) } }
    set { numbers[name] = newValue.map(Double.init) }
  }

  /// Names in brackets; empty where there are none.
  package subscript(names name: String) -> [String] {
    get { lists[name] ?? [] }
    set { lists[name] = newValue }
  }
}
