import Foundation

/// Runs cases in a process of its own, which may die of one.
struct Worker {
  var corpus: Corpus
  var seed: UInt64
  var folder: String

  /// Runs cases one after the other; each is announced on standard output before it starts.
  func run(_ numbers: Range<Int>) async {
    Limits.limitProcess()
    let runner = CaseRunner(folder: folder)
    for number in numbers {
      Limits.startCase()
      say("start \(number)")
      let fuzzCase = FuzzCase.make(seed: seed, number: number, corpus: corpus)
      fuzzCase.write(to: folder, withProgram: false)
      let outcome = await runner.run(fuzzCase)
      say("end \(outcome.word)")
    }
  }

  private func say(_ line: String) {
    FileHandle.standardOutput.write(Data((line + "\n").utf8))
  }
}

extension FuzzCase {
  /// Writes the files of a case into a folder.
  package func write(to folder: String, withProgram: Bool) {
    if let data {
      _ = FileManager.default.createFile(atPath: "\(folder)/\(dataName)", contents: Data(data))
    }
    guard withProgram else { return }
    _ = FileManager.default.createFile(atPath: "\(folder)/model.ppl", contents: Data(program))
  }

  /// The case that `write` has written.
  init?(folder: String) {
    guard let program = FileManager.default.contents(atPath: "\(folder)/model.ppl") else {
      return nil
    }
    let json = FileManager.default.contents(atPath: "\(folder)/data.json")
    let csv = FileManager.default.contents(atPath: "\(folder)/data.csv")
    self.init(
      program: [UInt8](program),
      data: (json ?? csv).map { [UInt8]($0) },
      form: json == nil ? .csv : .json,
      samples: true
    )
  }
}

extension CaseRunner.Outcome {
  /// One word for counts and messages between processes.
  package var word: String {
    switch self {
    case .programRefused: "program-refused"
    case .dataRefused: "data-refused"
    case .evaluated: "evaluated"
    case .sampled: "sampled"
    case .fault: "fault"
    }
  }
}
