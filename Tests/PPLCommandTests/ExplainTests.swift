import Foundation
import PPL
import Testing

/// `ppl explain`, and that its examples are what they say.
@Suite struct ExplainTests {
  private static let codes = ErrorIndex.entries.filter { $0.unshown == nil }.map(\.code)

  /// Runs the session of an example, with the built `ppl` on the path.
  private func run(_ example: ErrorExample) throws -> (result: CommandResult, codes: Set<String>) {
    let files = Dictionary(uniqueKeysWithValues: example.allFiles.map { ($0.name, $0.text) })
    let place = try Workplace(files)
    let folder = URL(filePath: Workplace.program).deletingLastPathComponent().path()
    let session = "PATH=\"\(folder):$PATH\"\n" + example.session
    let launcher = ["/bin/sh", "-c", session]
    let result = try place.finish(place.start([], launcher: launcher))
    return (result, Set(DataMessage.codes(in: result.errors)))
  }

  @Test(arguments: codes)
  func exampleGivesItsCodeAndTheMendedOneNone(_ code: String) throws {
    let entry = try #require(ErrorIndex.entries.first { $0.code == code })
    let wrong = try run(try #require(entry.wrong))
    #expect(wrong.codes.subtracting(entry.besides) == [code], "\(wrong.result.errors)")
    let mended = try run(try #require(entry.mended))
    #expect(!mended.codes.contains(code), "\(mended.result.errors)")
    #expect(!mended.codes.contains { $0.hasPrefix("E") }, "\(mended.result.errors)")
    // 1: the few draws of some examples are said to be few.
    #expect([0, 1].contains(mended.result.status), "\(mended.result.errors)")
  }

  @Test func codesAreListedAndExplained() throws {
    let place = try Workplace()
    let list = try place.run("explain")
    #expect(list.status == 0 && list.output.contains("E0203  axes that do not match\n"))
    let one = try place.run("explain", "E0203")
    #expect(one.status == 0 && one.output.hasPrefix("E0203: axes that do not match\n"))
    #expect(try place.run("explain", "E9999").status == 64)
  }
}
