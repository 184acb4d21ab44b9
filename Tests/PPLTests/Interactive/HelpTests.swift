import Foundation
import PPL
import PPLDistributions
import PPLSourceText
import PPLSyntax
import PPLTypeSystem
import Testing

/// Help has an entry for everything that has a name.
@Suite struct HelpTests {
  @Test func everyNameHasAnEntry() {
    var names = DistributionLibrary.standard.names + BuiltinFunction.allCases.map(\.rawValue)
    names += LayerKind.allCases.map(\.rawValue)
    names += Parser.Keyword.allCases.map(\.rawValue)
    // A part of `net`, and a statement that no version runs yet.
    let left = ["causal", "model"]
    for name in names where !left.contains(name) {
      #expect(Help.text(on: name) != nil, "\(name) has no entry")
    }
    #expect(names.count > 150)
  }

  @Test func everyEntrySaysWhatItIs() {
    for entry in Help.entries {
      #expect(!entry.summary.isEmpty, "\(entry.name)")
      #expect(!entry.forms.isEmpty || entry.example != nil, "\(entry.name)")
    }
    for signature in DistributionLibrary.standard.signatureTable.distributions.values {
      #expect(signature.formula.contains("p("), "\(signature.name) has no formula")
    }
  }

  @Test func namesOfOneKindAreThereOnce() {
    for kind in Help.Entry.Kind.allCases {
      let names = Help.entries.filter { $0.kind == kind }.map(\.name)
      #expect(Set(names).count == names.count, "\(kind)")
      #expect(!names.isEmpty)
    }
  }

  /// The symbols of a density are those of the parameters of one of its forms, and the formula uses each.
  @Test func formulasAreInTheParametersOfAForm() {
    for signature in DistributionLibrary.standard.signatureTable.distributions.values {
      let name = signature.name
      guard let bar = signature.formula.firstIndex(of: "|"),
        let equals = signature.formula.firstIndex(of: "=")
      else {
        #expect(signature.parameterisations == [[]], "\(name)")
        continue
      }
      let symbols = signature.formula[bar..<equals].split(separator: ",").count
      #expect(signature.symbols.count == symbols, "\(name)")
      let right = signature.formula[equals...]
      let indexed = ["W": "w", "Σ": "Lᵢᵢ"]
      for (symbol, parameter) in signature.symbols {
        #expect(
          right.contains(symbol) || right.contains(indexed[symbol] ?? symbol),
          "\(name): \(parameter)"
        )
      }
    }
  }

  /// A function of one number is finite where its domain says so, and nowhere else.
  @Test func functionsAreFiniteInTheirDomains() async throws {
    let points = [-2.5, -2, -1, -0.5, 0, 0.25, 0.5, 1, 1.5, 3]
    let functions = BuiltinFunction.allCases.filter { $0.form == .elementwise }
    var text = "dim point\ndata x[point]: real\nz ~ Normal(0, 1)\n"
    text += "infer p = prior(chains: 1, draws: 1, seed: 1)\n"
    for function in functions { text += "show \(function.rawValue)(x)\n" }
    let (_, outcome) = try await runScript(text, data: "{\"x\": \(points)}")
    let answers = try answers(of: outcome)
    for function in functions {
      let values = try #require(answers["\(function.rawValue)(x)"] as? [Any])
      #expect(values.count == points.count)
      for (x, value) in zip(points, values) {
        // What is not finite is null.
        let isFinite = !(value is NSNull)
        #expect(
          isFinite == (function.domain?.contains(x) ?? true),
          "\(function.rawValue)(\(x)) = \(value)"
        )
      }
    }
    #expect(functions.count > 40)
  }

  /// What help writes of a distribution is a statement of the language.
  @Test func examplesOfDistributionsCanBeParsed() {
    for entry in Help.entries where entry.kind == .distribution {
      guard let example = entry.example else { continue }
      let problems = Parser.parse(SourceFile(name: "", text: example)).diagnostics
      #expect(problems.isEmpty, "\(example): \(problems)")
    }
  }

  @Test func misspeltTopicsAreAnsweredWithNearOnes() async throws {
    let session = try SessionHarness()
    #expect(await session.enter("?Normal").output.first?.contains("log p(x | μ, σ)") == true)
    #expect(await session.enter("?nuts").output.first?.contains("target_accept") == true)
    #expect(
      await session.enter("?Norml").failures == [
        "there is no help on `Norml`; did you mean `?Normal`?"
      ]
    )
    #expect(await session.enter("?").output.first?.contains(":load FILE.ppl") == true)
    #expect(await session.enter(":help load").output.first?.contains("adds the statements") == true)
  }
}
