import Foundation
import PPL
import Testing

/// What Tab offers.
@Suite struct CompletionTests {
  private func session() async throws -> SessionHarness {
    let session = try SessionHarness(["radon.json": "{}", "other.csv": "a\n1\n"])
    await session.enterAll(
      "dim county = 3",
      "alpha[county] ~ Normal(0, 1)",
      "fn half(x: real) -> real = x / 2",
      "net enc(x: real[county]) -> real = x |> Dense(1)",
      "enc.weights ~ Normal(0, 1)",
      "infer post = prior(draws: 5, seed: 1)"
    )
    return session
  }

  private func offered(_ session: SessionHarness, _ line: String) -> [String] {
    session.session.completions(of: line, at: line.utf8.count).candidates
  }

  @Test func namesOfAllKindsAreOffered() async throws {
    let session = try await session()
    #expect(offered(session, "x = al") == ["all", "alpha"])
    #expect(offered(session, "x[i: cou") == ["county"])
    #expect(
      offered(session, "x ~ Half") == ["HalfCauchy", "HalfLogistic", "HalfNormal", "HalfStudentT"]
    )
    #expect(offered(session, "inf") == ["infer"])
    #expect(offered(session, "infer q = nut") == ["nuts"])
    #expect(offered(session, "infer q = nuts(cha") == ["chains"])
    #expect(offered(session, "infer q = nuts(chains: 2, see") == ["seed"])
    #expect(offered(session, "infer q = nuts(adapt: ") == ["fisher", "stan"])
    #expect(offered(session, "show post.al") == ["alpha"])
    #expect(offered(session, "enc.") == ["weights"])
    #expect(offered(session, "x = y |> Dens") == ["Dense"])
    #expect(offered(session, ":lo") == ["load"])
    #expect(offered(session, "?HalfN") == ["HalfNormal"])
    #expect(offered(session, "nothing like this zzz").isEmpty)
  }

  @Test func filesAreOfferedWithinQuotesAndBehindCommands() async throws {
    let session = try await session()
    let start = session.folder.path + "/"
    #expect(offered(session, ":data \(start)ra") == [session.path("radon.json")])
    #expect(offered(session, "save post to \"\(start)oth") == [session.path("other.csv")])
    #expect(offered(session, ":data /no/such/folder/x").isEmpty)
  }

  @Test func theCursorMayStandAnywhere() async throws {
    let session = try await session()
    let line = "x ~ Norm(0, 1)"
    let found = session.session.completions(of: line, at: 8)
    #expect(found.candidates == ["Normal"])
    #expect(found.replacedCount == 4)
    #expect(session.session.completions(of: "é", at: 1).candidates.count >= 0)
    #expect(session.session.completions(of: line, at: 999).replacedCount == 0)
  }

  @Test func historyIsKeptInAFile() throws {
    let path = FileManager.default.temporaryDirectory
      .appending(path: UUID().uuidString + "/state/history").path
    var history = SessionHistory(path: path)
    for entry in ["a = 1", "a = 1", "b = [1,\n 2]", " secret", "c = \"x\\n\""] {
      history.append(entry)
    }
    #expect(SessionHistory(path: path).entries == ["a = 1", "b = [1,\n 2]", "c = \"x\\n\""])
  }
}
