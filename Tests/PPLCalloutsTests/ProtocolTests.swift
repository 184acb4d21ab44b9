import PPLCallouts
import PPLTensorCore
import TestSupport
import Testing

@Suite struct ProtocolTests {
  private let exchange = WorkerProtocol(signature: TestFunction.signature, givesDerivatives: true)
  private let call = TestFunction.calls(2, wantsDerivatives: true)[1]

  private func answer(_ text: String, id: Int = 3) -> CalloutAnswer? {
    exchange.answer(Array(text.utf8), to: call, id: id)
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test func greetingAndRequestAreAsDocumented() {
    #expect(
      text(exchange.greeting())
        == #"{"ppl": 1, "function": "f", "signature": "(a:real,v:real[k],n:int)->real[2]", "arguments": ["#
        + #"{"name": "a", "type": "real", "shape": []}, {"name": "v", "type": "real", "shape": [3]}, "#
        + #"{"name": "n", "type": "int", "shape": []}], "result": {"type": "real", "shape": [2]}, "#
        + "\"gradient\": true}\n"
    )
    #expect(
      text(exchange.request(call, id: 3))
        == #"{"id": 3, "arguments": {"a": 1.0, "v": [-0.5, 0.5, -1.0], "n": 7}, "gradient": true}"#
        + "\n"
    )
  }

  private let good =
    #"{"id": 3, "result": [1, 2.5], "gradient": {"a": [1, 2], "v": [[3, 4, 5], [6, 7, 8]]}}"#

  @Test func answersAreRead() throws {
    guard case .result(let values, let derivatives)? = answer(good) else {
      Issue.record("a good answer")
      return
    }
    #expect(values == [1, 2.5])
    // Whole numbers need no derivatives.
    #expect(derivatives == [1, 3, 4, 5, 0, 2, 6, 7, 8, 0])
    let valueOnly = TestFunction.calls(1)[0]
    let bytes = Array(#"{"result": [NaN, Infinity], "id": 0, "error": null, "x": {}}"#.utf8)
    guard case .result(let odd, _)? = exchange.answer(bytes, to: valueOnly, id: 0) else {
      Issue.record("not a number is an answer, and other members are passed over")
      return
    }
    #expect(odd[0].isNaN && odd[1] == .infinity)
  }

  @Test(arguments: [
    ("", nil), ("null", nil), ("[]", nil), ("3", nil), (#"{"id": 4, "result": [1, 2]}"#, nil),
    (#"{"result": [1, 2]}"#, nil), (#"{"id": 3}"#, nil), (#"{"id": "3", "result": [1, 2]}"#, nil),
    (#"{"id": 3, "result": [1, 2], "gradient": {}}"#, CalloutFault.Kind.malformed),
    (#"{"id": 3, "result": [1, 2]}"#, .malformed),
    (#"{"id": 3, "result": [1, 2, 3]}"#, .wrongShape),
    (#"{"id": 3, "result": 1}"#, .wrongShape), (#"{"id": 3, "result": [[1], [2]]}"#, .wrongShape),
    (#"{"id": 3, "result": ["a", "b"]}"#, .wrongShape),
    (#"{"id": 3, "result": {"a": 1}}"#, .wrongShape),
    (
      #"{"id": 3, "result": [1, 2], "gradient": {"a": [1, 2], "v": [[3, 4], [5, 6]]}}"#,
      .wrongShape
    ),
    (#"{"id": 3, "error": "no"}"#, .refused), (#"{"id": 3, "error": 17}"#, .refused),
  ])
  func otherAnswersAreNotTakenForResults(_ text: String, _ kind: CalloutFault.Kind?) {
    switch answer(text) {
    case nil: #expect(kind == nil)
    case .failed(let fault)?: #expect(fault.kind == kind)
    case .result?: Issue.record("\(text) is no result")
    }
  }

  /// 10,000 lines of bytes at random, or good ones with some of them changed, removed and repeated.
  @Test func nothingThatAWorkerSaysDoesHarm() {
    var generator = RandomKey(seed: 20).makeGenerator()
    func below(_ limit: Int) -> Int { Int(generator.nextUInt64() % UInt64(limit)) }
    let greeting = #"{"ready": true, "arguments": ["a", "v", "n"], "result": [2]}"#
    var resultCount = 0
    for number in 0..<10_000 {
      var bytes: [UInt8]
      if number % 4 == 0 {
        bytes = (0..<below(200)).map { _ in UInt8(below(256)) }
      } else {
        bytes = Array((number % 4 == 1 ? greeting : good).utf8)
        for _ in 0..<1 + below(4) where !bytes.isEmpty {
          let place = below(bytes.count)
          switch below(4) {
          case 0: bytes[place] = UInt8(below(256))
          case 1: bytes.remove(at: place)
          case 2:
            let end = min(place + below(20), bytes.count)
            bytes.insert(contentsOf: bytes[place..<end], at: below(bytes.count))
          default: bytes.insert(contentsOf: Array("[{\"0e\\]}".utf8), at: place)
          }
        }
      }
      let reason = exchange.disagreement(bytes)
      #expect(reason == nil || reason?.isEmpty == false)
      if case .result(let values, let derivatives)? = exchange.answer(bytes, to: call, id: 3) {
        resultCount += 1
        #expect(values.count == 2 && derivatives.count == 10)
      }
    }
    // Some changes leave an answer: a digit for a digit.
    #expect(resultCount > 20)
  }

  /// The same from a real worker: each line fails its call, and the worker is replaced.
  @Test func aWorkerOfNoiseFailsItsCalls() throws {
    let worker = try TestWorker()
    let pool = try TestPool(
      worker.command("--fault random --rate 0.5"),
      workers: 2,
      retries: 0
    )
    let kinds = pool.kinds(TestFunction.calls(400))
    let failed = kinds.count { $0 == .malformed }
    #expect(failed > 100 && failed < 300)
    #expect(kinds.allSatisfy { $0 == nil || $0 == .malformed })
    #expect(pool.counts.restarts >= failed - 2)
  }
}
