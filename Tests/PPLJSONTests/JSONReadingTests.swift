import PPLJSON
import Testing

/// The tree as text: numbers arrays as `<shape: values>`, everything else as in JSON.
private func outline(_ node: JSONNode) -> String {
  switch node.kind {
  case .null: "null"
  case .bool(let value): "\(value)"
  case .integer(let value): "\(value)"
  case .real(let value): "\(value)"
  case .string(let value): "'\(value)'"
  case .numbers(let numbers):
    "<\(numbers.shape): \(numbers.values)"
      + (numbers.missing.isEmpty ? ">" : " missing \(numbers.missing)>")
  case .array(let nodes): "[" + nodes.map(outline).joined(separator: ", ") + "]"
  case .object(let members):
    "{" + members.map { "\($0.name): \(outline($0.value))" }.joined(separator: ", ") + "}"
  }
}

private func read(_ text: String) throws(JSONError) -> JSONNode {
  try JSONDocument(Array(text.utf8)).root
}

@Suite struct JSONReadingTests {
  @Test(arguments: [
    ("1", "1"), (" -7 ", "-7"), ("1.0", "1.0"), ("1e3", "1000.0"), ("-0", "-0.0"),
    ("9223372036854775807", "9223372036854775807"),
    ("9223372036854775808", "9.223372036854775807e18"),
    ("123456789012345678901234567890", "1.2345678901234568e+29"),
    ("NaN", "nan"), ("Infinity", "inf"), ("-Infinity", "-inf"), ("Inf", "inf"), ("-Inf", "-inf"),
    ("null", "null"), ("true", "true"), ("\"\"", "''"), ("\u{FEFF}[]", "<[0]: []>"),
    ("[1, 2.5, null]", "<[3]: [1.0, 2.5, nan] missing [2]>"),
    ("[NaN, -Inf]", "<[2]: [nan, -inf]>"),
    ("[[1, 2], [3, 4]]", "<[2, 2]: [1.0, 2.0, 3.0, 4.0]>"),
    ("[[[1], [2]], [[3], [null]]]", "<[2, 2, 1]: [1.0, 2.0, 3.0, nan] missing [3]>"),
    ("[[], []]", "<[2, 0]: []>"),
    ("[[1], [2, 3]]", "[<[1]: [1.0]>, <[2]: [2.0, 3.0]>]"),
    (
      "[[1], [null], [2, null]]",
      "[<[1]: [1.0]>, <[1]: [nan] missing [0]>, <[2]: [2.0, nan] missing [1]>]"
    ),
    ("[[[1], [2]], [[3]]]", "[<[2, 1]: [1.0, 2.0]>, <[1, 1]: [3.0]>]"),
    ("[[1], 2]", "[<[1]: [1.0]>, 2]"), ("[1, \"NaN\"]", "[1, 'NaN']"),
    ("[[1, 2], [\"a\"]]", "[<[2]: [1.0, 2.0]>, ['a']]"),
    ("[true, 1]", "[true, 1]"), ("[[{}]]", "[[{}]]"),
    ("{\"a\": [1], \"b\": {\"c\": []}}", "{a: <[1]: [1.0]>, b: {c: <[0]: []>}}"),
    (#""a\"\\\/\b\f\n\r\tA\u00e9\ud83d\ude00""#, "'a\"\\/\u{8}\u{C}\n\r\tAé😀'"),
  ])
  func valuesAreRead(text: String, outlined: String) throws {
    let result = outline(try read(text))
    let expected = outlined == "9.223372036854775807e18" ? "\(9223372036854775808.0)" : outlined
    #expect(result == expected)
  }

  @Test(arguments: [
    ("", 1, 1, "the text ends where a value is expected"),
    ("[1, 2", 1, 6, "the text ends where `,` or `]` is expected"),
    ("[1, 2 3]", 1, 7, "`,` or `]` is expected here"),
    ("[1,]", 1, 4, "a value is expected here"),
    ("[1, 01]", 1, 5, "this is not a number"),
    ("[1.]", 1, 2, "this is not a number"), ("[.5]", 1, 2, "a value is expected here"),
    ("[+1]", 1, 2, "a value is expected here"), ("[1e]", 1, 2, "this is not a number"),
    ("[--1]", 1, 2, "this is not a number"), ("[1x]", 1, 2, "this is not a number"),
    ("nul", 1, 1, "a value is expected here"), ("nulll", 1, 1, "a value is expected here"),
    ("{\n  \"a\": 1,\n  \"é\": 2, \"a\": 3}", 3, 11, "the key \"a\" appears twice in this object"),
    ("{\"a\" 1}", 1, 6, "`:` after the key is expected here"),
    ("{a: 1}", 1, 2, "a key in quotes is expected here"),
    ("{\"a\": 1,}", 1, 9, "a key in quotes is expected here"),
    ("{\"a\": 1", 1, 8, "the text ends where `,` or `}` is expected"),
    ("[1,", 1, 4, "the text ends where a value is expected"),
    ("{", 1, 2, "the text ends where a key in quotes is expected"),
    ("[\"a\" \"b\"]", 1, 6, "`,` or `]` is expected here"),
    ("\"abc", 1, 1, "this string has no closing quote"),
    ("\"a\nb\"", 1, 3, "a line break or control character in a string must be escaped"),
    (#""\x""#, 1, 2, "this escape sequence is unknown"),
    (#""\u12g4""#, 1, 2, "\\u takes four hexadecimal digits"),
    (#""\ud800""#, 1, 2, "this escape sequence is half of a surrogate pair"),
    (#""\ud800A""#, 1, 2, "this escape sequence is half of a surrogate pair"),
    (#""\udc00""#, 1, 2, "this escape sequence is half of a surrogate pair"),
    ("1 2", 1, 3, "there is more text after the end of the value"),
    ("// no", 1, 1, "a value is expected here"),
  ])
  func mistakesAreReportedAtTheirPlace(text: String, line: Int, column: Int, message: String) {
    #expect {
      _ = try read(text)
    } throws: { error in
      guard let error = error as? JSONError else { return false }
      return error.message == message && error.line == line && error.column == column
    }
  }

  @Test func nestingIsLimited() throws {
    func nested(_ depth: Int) -> String {
      String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    }
    _ = try read(nested(256))
    #expect(throws: JSONError.self) { try read(nested(257)) }
    #expect(throws: JSONError.self) { try read(String(repeating: "[", count: 1_000_000)) }
    #expect(throws: JSONError.self) { try read(String(repeating: "{\"a\":", count: 1_000_000)) }
  }

  @Test func invalidUTF8IsAnError() {
    for bytes in [
      [0x22, 0xFF, 0x22], [0x22, 0xC3, 0x22], [0xFF], [0x22, 0x5C, 0x6E, 0xED, 0xA0, 0x80, 0x22],
    ] {
      #expect(throws: JSONError.self) { try JSONDocument(bytes.map(UInt8.init)) }
    }
  }

  @Test func placesOfNumbersInArraysAreFound() throws {
    let document = try JSONDocument(Array("{\"y\": [[1, 2],\n [NaN,  null]]}".utf8))
    let node = try #require(document.root["y"])
    let places = (0..<4).map { document.position(ofElement: $0, inArrayAt: node.offset) }
    #expect(places.map(\.line) == [1, 1, 2, 2])
    #expect(places.map(\.column) == [9, 12, 3, 9])
    let text = try JSONDocument(Array(#"[["a]\"", 1], ["b", true]]"#.utf8))
    let columns = (0..<4).map { text.position(ofElement: $0, inArrayAt: 0).column }
    #expect(columns == [3, 11, 16, 21])
    #expect(document.position(of: node) == TextPosition(offset: 6, in: document.bytes))
  }

  @Test func accessorsTakeWhatFits() throws {
    let node = try read(#"{"i": [1, 2], "s": ["a"], "n": 3.0, "x": [1.5], "e": []}"#)
    #expect(node["i"]?.integers == [1, 2])
    #expect(node["s"]?.strings == ["a"])
    #expect(node["n"]?.integer == 3)
    #expect(node["n"]?.real == 3)
    #expect(node["x"]?.integers == nil)
    #expect(node["e"]?.strings == [])
    #expect(node["i"]?.strings == nil)
    #expect(node["missing"] == nil)
  }

  /// Every mutation of a valid text is read or refused; nothing crashes, nothing hangs.
  @Test func mutatedTextsAreReadOrRefused() {
    let seeds = [
      #"{"J": 8, "y": [28, 8, -3.5e2, null], "X": [[1, 2], [3, 4]], "s": ["a\u00e9", "\ud83d\ude00"]}"#,
      #"[[[1], [2]], [[3]], {"a": [true, false, null, NaN]}, -Infinity, 1e308]"#,
    ]
    var state: UInt64 = 42
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let alphabet = Array("[]{},:\"\\-+.eE019nulltrfaNI \n\u{0}".utf8) + [0x80, 0xC3, 0xFF]
    var refused = 0
    var accepted = 0
    for round in 0..<8000 {
      var bytes = Array(seeds[round % seeds.count].utf8)
      for _ in 0...next(4) {
        let place = next(bytes.count)
        switch next(4) {
        case 0: bytes[place] = alphabet[next(alphabet.count)]
        case 1: bytes.insert(alphabet[next(alphabet.count)], at: place)
        case 2: bytes.remove(at: place)
        default: bytes.removeSubrange(place..<min(place + next(9), bytes.count))
        }
        if bytes.isEmpty { bytes = [0x20] }
      }
      do {
        let document = try JSONDocument(bytes)
        accepted += 1
        #expect(document.position(of: document.root).line >= 1)
      } catch {
        refused += 1
        #expect(error.offset >= 0 && error.offset <= bytes.count)
        #expect(error.line >= 1 && error.column >= 1)
      }
    }
    #expect(accepted > 100)
    #expect(refused > 1000)
  }
}
