/// A program with its data file, as bytes that need not make sense.
package struct FuzzCase: Sendable {
  /// Which form the data file has.
  package enum DataForm: String, Sendable {
    case json, csv
  }

  /// The program's text.
  package var program: [UInt8]
  /// The data file's text; nil without data.
  package var data: [UInt8]?
  /// The form of the data file.
  package var form: DataForm
  /// Whether a valid model of a few dimensions is sampled as well.
  package var samples: Bool

  /// The name that the data file has in the folder of a case.
  package var dataName: String { "data.\(form.rawValue)" }
}

extension FuzzCase {
  /// The case of that number in the run of a seed.
  package static func make(seed: UInt64, number: Int, corpus: Corpus) -> FuzzCase {
    var random = FuzzGenerator(seed: seed, number: number)
    let entry = corpus.pick(&random)
    var program = Array(entry.program.utf8)
    var data = entry.data
    let changesProgram = random.chance(0.85)
    if changesProgram {
      for _ in 0..<(random.chance(0.6) ? 1 : 2 + random.below(2)) {
        ProgramMutation.apply(to: &program, corpus: corpus, &random)
      }
    }
    if !changesProgram || random.chance(0.3) {
      for _ in 0..<(1 + random.below(3)) { DataMutation.apply(to: &data, &random) }
    }
    let form: DataForm = random.chance(0.3) && data.isTable ? .csv : .json
    var text = form == .csv ? data.csv : data.json
    if random.chance(0.1) { ByteMutation.apply(to: &text, &random) }
    return FuzzCase(
      program: program,
      data: entry.data.members.isEmpty && random.chance(0.5) ? nil : text,
      form: form,
      samples: random.chance(0.1)
    )
  }
}
