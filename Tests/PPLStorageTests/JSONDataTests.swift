import PPLStorage
import Testing

private func read(_ text: String) throws(DataFileError) -> [DataEntry] {
  try readJSONData(Array(text.utf8), path: "d.json")
}

private func outline(_ value: DataValue) -> String {
  switch value {
  case .numbers(let array): "\(array.kind)\(array.shape) \(array.values) \(array.missing)"
  case .strings(let array): "text\(array.shape) \(array.values) \(array.missing)"
  case .list(let values): "list(" + values.map(outline).joined(separator: ", ") + ")"
  case .object(let members):
    "{" + members.map { "\($0.key): \(outline($0.value))" }.joined(separator: ", ") + "}"
  }
}

@Suite struct JSONDataTests {
  @Test(arguments: [
    ("8", "integer[] [8.0] []"), ("8.5", "real[] [8.5] []"), ("8.0", "integer[] [8.0] []"),
    ("true", "boolean[] [1.0] []"), ("null", "integer[] [nan] [0]"), ("\"a\"", "text[] [\"a\"] []"),
    ("NaN", "real[] [nan] []"), ("9007199254740993", "real[] [9007199254740992.0] []"),
    ("[1, 2, null]", "integer[3] [1.0, 2.0, nan] [2]"),
    ("[[1, 2], [3, 4.5]]", "real[2, 2] [1.0, 2.0, 3.0, 4.5] []"),
    ("[]", "integer[0] [] []"), ("[[], []]", "integer[2, 0] [] []"),
    ("[true, null, false]", "boolean[3] [1.0, nan, 0.0] [1]"),
    ("[true, 2]", "integer[2] [1.0, 2.0] []"),
    ("[\"a\", null, \"b\"]", "text[3] [\"a\", \"\", \"b\"] [1]"),
    ("[[\"a\"], [\"b\"]]", "text[2, 1] [\"a\", \"b\"] []"),
    ("[1, \"NaN\", \"-Inf\", \"NA\"]", "real[4] [1.0, nan, -inf, nan] [3]"),
    ("[[1, \"NA\"], [null, 4]]", "integer[2, 2] [1.0, nan, nan, 4.0] [1, 2]"),
    ("[\"NaN\"]", "text[1] [\"NaN\"] []"),
    ("[1, \"x\"]", "list(integer[] [1.0] [], text[] [\"x\"] [])"),
    ("[[1], [2, 3]]", "list(integer[1] [1.0] [], integer[2] [2.0, 3.0] [])"),
    ("{\"a\": [1]}", "{a: integer[1] [1.0] []}"),
    ("[{\"a\": 1}]", "list({a: integer[] [1.0] []})"),
  ])
  func valuesAreRead(text: String, outlined: String) throws {
    let entries = try read("{\"k\": \(text)}")
    #expect(entries.map(\.key) == ["k"])
    #expect(outline(try #require(entries.first).value) == outlined)
  }

  @Test func elementsAreLocatedByLineAndColumn() throws {
    let entries = try read("{\"a\": 1,\n \"y\": [[1, \"NaN\"],\n  [2, null]]}")
    #expect(entries[0].location.description == "d.json:1:7")
    #expect(entries[1].location.description == "d.json:2:7")
    let places = (0..<4).map { entries[1].location(ofFlatIndex: $0).description }
    #expect(places == ["d.json:2:9", "d.json:2:12", "d.json:3:4", "d.json:3:7"])
  }

  @Test func dataMustBeAnObject() {
    #expect {
      _ = try read("\n [1]")
    } throws: { error in
      (error as? DataFileError)?.location.description == "d.json:2:2"
    }
  }

  @Test func malformedTextIsReportedAtItsPlace() {
    #expect {
      _ = try read("{\"a\": 1,\n \"a\": 2}")
    } throws: { error in
      guard let error = error as? DataFileError else { return false }
      return error.location.description == "d.json:2:2"
        && error.message == "the key \"a\" appears twice in this object"
    }
  }
}
