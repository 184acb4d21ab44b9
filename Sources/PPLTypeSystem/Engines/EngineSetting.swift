/// One setting of an engine.
package struct EngineSetting: Sendable {
  /// The values that it may have.
  package enum Kind: Sendable {
    /// A whole number within bounds.
    case count(ClosedRange<Int>)
    /// A number above 0 and below a bound.
    case positive(below: Double)
    /// A number between 0 and 1, ends excluded.
    case probability
    /// One of some words, the default first.
    case word([String])
    /// Latents, by name in brackets.
    case latents
    /// More than a number or a word; the checker reads it by its name.
    case structured
  }

  /// The value of a setting that a program leaves out.
  package enum Default: Sendable {
    case number(Double)
    case word(String)
    /// Chosen by the engine, as the words say.
    case chosen(String)

    /// In words.
    package var words: String {
      switch self {
      case .number(let number):
        Int(exactly: number).map(String.init) ?? "\((number * 1000).rounded() / 1000)"
      case .word(let word): word
      case .chosen(let text): text
      }
    }
  }

  /// Name in programs.
  package var name: String
  package var kind: Kind
  package var standard: Default
  /// What it sets, in words without a full stop.
  package var summary: String

  package init(_ name: String, _ kind: Kind, default standard: Default, _ summary: String) {
    self.name = name
    self.kind = kind
    self.standard = standard
    self.summary = summary
  }

  /// A setting that is one of some words, the first of them the default.
  package static func words(_ name: String, _ words: [String], _ summary: String) -> EngineSetting {
    EngineSetting(name, .word(words), default: .word(words.first ?? ""), summary)
  }

  /// A setting that the checker reads by its name.
  package static func structured(
    _ name: String,
    default standard: String,
    _ summary: String
  ) -> EngineSetting {
    EngineSetting(name, .structured, default: .chosen(standard), summary)
  }
}

// Settings that several engines have.

extension EngineSetting {
  package static let chains = chains(default: 4)

  package static func chains(default standard: Int) -> EngineSetting {
    EngineSetting(
      "chains",
      .count(1...1024),
      default: .number(Double(standard)),
      "chains, which share the processor's cores"
    )
  }

  package static let draws = EngineSetting(
    "draws",
    .count(1...1_000_000_000),
    default: .number(1000),
    "draws of each chain that are kept"
  )

  package static func warmup(default standard: Default = .number(1000)) -> EngineSetting {
    EngineSetting(
      "warmup",
      .count(0...1_000_000_000),
      default: standard,
      "iterations before them, in which the engine tunes itself"
    )
  }

  package static let seed = EngineSetting(
    "seed",
    .count(0...9_007_199_254_740_992),
    default: .chosen("drawn, and printed"),
    "seed of all random numbers: equal seeds give equal draws"
  )

  /// Moves of the whole position between two draws that are kept.
  package static let moves = EngineSetting(
    "steps",
    .count(1...1_000_000),
    default: .chosen("number of unconstrained values"),
    "moves that lead from one draw to the next"
  )
}
