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
    // A part of `net`, and statements that no version runs yet.
    let left = ["causal", "model", "plot"]
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
