import PPLStorage
import Testing

private func read(_ text: String) throws(DataFileError) -> [DataEntry] {
  try readTable(Array(text.utf8), path: "t.csv")
}

private func outline(_ entries: [DataEntry]) -> String {
  entries.map { entry in
    switch entry.value {
    case .numbers(let array):
      "\(entry.key): \(array.kind) \(array.values) \(array.missing)"
    case .strings(let array): "\(entry.key): text \(array.values) \(array.missing)"
    case .list, .object: "\(entry.key): ?"
    }
  }.joined(separator: "; ")
}

@Suite struct TableFileTests {
  @Test(arguments: [
    ("a,b\n1,2.5\n-3,1e2\n", "a: integer [1.0, -3.0] []; b: real [2.5, 100.0] []"),
    ("a,b\n1.0,2\n", "a: integer [1.0] []; b: integer [2.0] []"),
    ("a\r\n1\r\n2\r\n", "a: integer [1.0, 2.0] []"), ("a\r1\r2", "a: integer [1.0, 2.0] []"),
    ("\u{FEFF}a;b\n1;x\n", "a: integer [1.0] []; b: text [\"x\"] []"),
    ("a\tb\n1\t,\n", "a: integer [1.0] []; b: text [\",\"] []"),
    (
      "a,b\n,NA\nNaN,null\n.,1\n2,\n",
      "a: integer [nan, nan, nan, 2.0] [0, 1, 2]; b: integer [nan, nan, 1.0, nan] [0, 1, 3]"
    ),
    (
      "a,b\nx,\nNA,\"NA\"\n\"\",y\n\".\",.\n",
      "a: text [\"x\", \"\", \"\", \".\"] [1]; b: text [\"\", \"NA\", \"y\", \".\"] [0]"
    ),
    ("t,u\ntrue,TRUE\nFALSE,NA\n", "t: boolean [1.0, 0.0] []; u: boolean [1.0, nan] [1]"),
    ("t\ntrue\n1\n", "t: text [\"true\", \"1\"] []"),
    ("t\n1\ntrue\n", "t: text [\"1\", \"true\"] []"),
    ("x\nInf\n-inf\n+1\n.5\n007\n", "x: real [inf, -inf, 1.0, 0.5, 7.0] []"),
    ("x\n1x\n", "x: text [\"1x\"] []"),
    ("x\n1,2\n".replacing(",", with: ";"), "x: text [\"1;2\"] []"),
    (
      "s,n\n\"a,b\",1\n\"say \"\"hi\"\"\",2\n\"two\nlines\",3\n",
      "s: text [\"a,b\", \"say \\\"hi\\\"\", \"two\\nlines\"] []; n: integer [1.0, 2.0, 3.0] []"
    ),
    (
      " a , \"b c\"\n 1 , x y \n".replacing(" \"b c\"", with: "\"b c\""),
      "a: integer [1.0] []; b c: text [\"x y\"] []"
    ),
    ("\"\",x\n\"1\",\"2\"\n", "x: integer [2.0] []"),
    ("a,b\n", "a: integer [] []; b: integer [] []"),
    ("a,b\n\n1,2\n\n\n", "a: integer [1.0] []; b: integer [2.0] []"),
    ("a\n1\n\n3\n\n", "a: integer [1.0, nan, 3.0] [1]"),
    ("a,b\n1,2", "a: integer [1.0] []; b: integer [2.0] []"),
    ("x\n9007199254740993\n", "x: real [9007199254740992.0] []"),
    ("é,b\nü,1\n", "é: text [\"ü\"] []; b: integer [1.0] []"),
  ])
  func tablesAreRead(text: String, outlined: String) throws {
    #expect(outline(try read(text)) == outlined)
  }

  @Test(arguments: [
    ("", nil, "the file is empty"), ("\n\n", nil, "the file is empty"),
    ("a,b\n1,2\n3\n", 3, "this row has 1 field, the header has 2"),
    ("a,b\n1,2,3\n", 2, "this row has 3 fields, the header has 2"),
    ("a,a\n1,2\n", 1, "two columns are named \"a\""),
    ("a,b\n\"x\ny\",1\n\"z,2\n", 4, "this field has no closing quote"),
    ("a,b\n1,\"x\"y\n", 2, "after the closing quote of a field the next one must begin"),
  ])
  func mistakesAreReportedWithTheirRow(text: String, row: Int?, message: String) {
    #expect {
      _ = try read(text)
    } throws: { error in
      guard let error = error as? DataFileError else { return false }
      return error.message == message && error.location.row == row && error.location.path == "t.csv"
    }
  }

  @Test func invalidUTF8IsReportedWithItsCell() {
    let bytes = Array("a,b\nx,1\n".utf8) + [0xFF, 0x2C, 0x32, 0x0A]
    #expect {
      _ = try readTable(bytes, path: "t.csv")
    } throws: { error in
      (error as? DataFileError)?.location.description == "t.csv, row 3, column \"a\""
    }
    #expect(throws: DataFileError.self) { try readTable([0xFF, 0x0A, 0x31], path: "t.csv") }
  }

  @Test func cellsAreLocatedByTheLineOfTheFile() throws {
    let entries = try read("s,n\n\"two\nlines\",1\n\nx,2\r\ny,3\n")
    let lines = (0..<3).map { entries[1].location(ofFlatIndex: $0).row }
    #expect(lines == [2, 5, 6])
    #expect(entries[1].location(ofFlatIndex: 1).description == "t.csv, row 5, column \"n\"")
    #expect(entries[1].location(ofFlatIndex: 1).column == 2)
    #expect(entries[0].location.description == "t.csv, row 1, column \"s\"")
  }

  @Test func mutatedTablesAreReadOrRefused() {
    let seed = Array("id,\"na me\",x\n1,\"a,\"\"b\"\"\",2.5\r\n2,\"é\nf\",NA\n3,,-1e3\n".utf8)
    var random = Congruential(state: 5)
    let alphabet = Array(",;\t\"\n\r 01.e-NAtrue".utf8) + [0, 0x80, 0xFF]
    var accepted = 0
    for _ in 0..<5000 {
      let bytes = random.mutated(seed, alphabet: alphabet)
      do {
        let entries = try readTable(bytes, path: "t.csv")
        accepted += 1
        for entry in entries { #expect(entry.location(ofFlatIndex: 1).row ?? 0 >= 1) }
      } catch {
        #expect(error.location.row ?? 1 >= 1)
      }
    }
    #expect(accepted > 500)
    #expect(accepted < 5000)
  }
}
