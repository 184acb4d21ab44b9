import Foundation
import Testing

/// `ppl fmt`.
@Suite struct FormatTests {
  private static let wild = "# A mean.\nmu~Normal( 0,1 )   # prior\n"
  private static let tidy = "# A mean.\nmu ~ Normal(0, 1)  # prior\n"

  private func text(_ name: String, in place: Workplace) throws -> String {
    try String(contentsOfFile: place.path + "/" + name, encoding: .utf8)
  }

  @Test func filesAreReplacedAndKeepTheirPermissions() throws {
    let place = try Workplace(["a.ppl": Self.wild, "b.ppl": Self.tidy])
    let files = FileManager.default
    try files.setAttributes([.posixPermissions: 0o640], ofItemAtPath: place.path + "/a.ppl")
    try files.createSymbolicLink(
      atPath: place.path + "/link.ppl",
      withDestinationPath: "a.ppl"
    )
    let result = try place.run("fmt", "link.ppl", "b.ppl")
    #expect(result.status == 0 && result.output.isEmpty && result.errors.isEmpty)
    #expect(try text("a.ppl", in: place) == Self.tidy)
    #expect(try text("b.ppl", in: place) == Self.tidy)
    let attributes = try files.attributesOfItem(atPath: place.path + "/a.ppl")
    #expect(attributes[.posixPermissions] as? Int == 0o640)
    #expect(try files.destinationOfSymbolicLink(atPath: place.path + "/link.ppl") == "a.ppl")
    let names = try files.contentsOfDirectory(atPath: place.path).filter { $0.hasSuffix(".ppl") }
    #expect(names.sorted() == ["a.ppl", "b.ppl", "link.ppl"], "nothing is left beside them")
  }

  @Test func checkNamesWhatDiffersAndChangesNothing() throws {
    let place = try Workplace(["a.ppl": Self.wild, "b.ppl": Self.tidy])
    let result = try place.run("fmt", "--check", "a.ppl", "b.ppl")
    #expect(result.status == 1 && result.output == "a.ppl\n")
    #expect(try text("a.ppl", in: place) == Self.wild)
    #expect(try place.run("fmt", "--check", "b.ppl").status == 0)
  }

  @Test(arguments: [["--stdin"], ["-"]])
  func standardInputIsFormattedToStandardOutput(_ arguments: [String]) throws {
    let place = try Workplace(["a.ppl": Self.wild])
    let launcher = ["/bin/sh", "-c", "exec \"$0\" \"$@\" < a.ppl"]
    let result = try place.finish(place.start(["fmt"] + arguments, launcher: launcher))
    #expect(result.status == 0 && result.output == Self.tidy)
    #expect(try text("a.ppl", in: place) == Self.wild)
  }

  @Test func filesWithMistakesAreLeftAlone() throws {
    let place = try Workplace(["a.ppl": "mu~Normal(0\n", "b.ppl": Self.wild])
    let result = try place.run("fmt", "a.ppl", "missing.ppl", "b.ppl")
    #expect(result.status == 2 && result.output.isEmpty)
    #expect(result.errors.contains("error[E0121]") && result.errors.contains("a.ppl:1:"))
    #expect(result.errors.contains("cannot read missing.ppl"))
    #expect(try text("a.ppl", in: place) == "mu~Normal(0\n")
    #expect(try text("b.ppl", in: place) == Self.tidy, "the others are formatted all the same")
  }

  /// Mistakes beyond syntax, such as unknown names, do not keep a program from being laid out.
  @Test func mistakesOfMeaningDoNotMatter() throws {
    let place = try Workplace(["a.ppl": "mu~Norml( x,1 )"])
    #expect(try place.run("fmt", "a.ppl").status == 0)
    #expect(try text("a.ppl", in: place) == "mu ~ Norml(x, 1)\n")
  }

  @Test func filesMustBeNamed() throws {
    let place = try Workplace()
    #expect(try place.run("fmt").status == 64)
    #expect(try place.run("fmt", "--stdin", "a.ppl").status == 64)
  }

  /// The examples are in the layout.
  @Test func examplesAreInTheLayout() throws {
    let place = try Workplace()
    let folder = Workplace.repository("Examples")
    let models = try FileManager.default.subpathsOfDirectory(atPath: folder).sorted()
      .filter { $0.hasSuffix(".ppl") }.map { "\(folder)/\($0)" }
    #expect(models.count > 40)
    let result = try place.finish(place.start(["fmt", "--check"] + models))
    #expect(result.status == 0 && result.output.isEmpty, "\(result.output)")
  }
}
