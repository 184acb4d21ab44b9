import Foundation
import PPLCallouts
import PPLTensorCore
import Testing

/// The lines on the page `Callouts` of the documentation are those that are written and understood.
@Suite struct PageTests {
  private let exchange = WorkerProtocol(
    signature: CalloutSignature(
      name: "rod",
      arguments: ["k", "q"].map { CalloutSlot(name: $0, kind: .real, shape: []) },
      result: CalloutSlot(name: "", kind: .real, shape: [5]),
      text: "(k:real,q:real)->real[sensor]"
    ),
    givesDerivatives: true
  )

  /// The block of JSON of the page that begins with a text, as one line.
  private func block(_ beginning: String) throws -> String {
    let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Sources/PPL/PPL.docc/Callouts.md")
    let text = try String(contentsOf: page, encoding: .utf8)
    let blocks = text.components(separatedBy: "```").map {
      $0.trimmingPrefix("json").trimmingCharacters(in: .whitespacesAndNewlines)
    }
    let block = try #require(blocks.first { $0.hasPrefix(beginning) })
    return block.replacing("\n", with: "")
  }

  @Test func linesAreThoseOfThePage() throws {
    let greeting = String(decoding: exchange.greeting(), as: UTF8.self)
    #expect(greeting == (try block("{\"ppl\"")) + "\n")
    #expect(exchange.disagreement(Array(try block("{\"ready\"").utf8)) == nil)
    var call = CalloutCall(arguments: [1.25, 48])
    call.wantsDerivatives = true
    let request = String(decoding: exchange.request(call, id: 7), as: UTF8.self)
    #expect(request == (try block("{\"id\": 7, \"arguments\"")) + "\n")
    let answer = exchange.answer(Array(try block("{\"id\": 7, \"result\"").utf8), to: call, id: 7)
    guard case .result(let values, let derivatives)? = answer else {
      Issue.record("the page's answer is one")
      return
    }
    for place in 0..<5 {
      let (x, warmth) = (Double(place) / 4, exp(-1.25 * Double(place) / 4))
      #expect(abs(values[place] - 20 - 48 * warmth) < 1e-4)
      #expect(abs(derivatives[2 * place] + x * 48 * warmth) < 1e-4)
      #expect(abs(derivatives[2 * place + 1] - warmth) < 1e-4)
    }
  }
}
