import PPLJSON
import PPLStorage

/// What a run was started with: enough to start it again.
///
/// Each fit keeps it, beside its checkpoint; paths in it are absolute.
public struct RunRecord: Sendable, Hashable {
  /// The program's file.
  public var model: String
  /// The data files.
  public var data: [String]
  /// Where the fit goes, or the folder of the fits.
  public var out: String
  /// Rewrites that are left out.
  public var noRewrite: [String]
  /// What runs the graphs.
  public var executor: ExecutorChoice
  /// Settings over those of the program.
  public var sampler: SamplerOptions
  /// The seed of fits that have none of their own; drawn where nobody gave one.
  public internal(set) var seed: UInt64?
  /// A fit whose draws and metrics chains begin with.
  public var from: String?
  /// Draws of each chain on top of what the program and the settings say.
  public var more = 0
  /// When the run was started, in nanoseconds since 1970.
  private(set) var started = currentNanoseconds()

  /// A run of a program.
  public init(
    model: String,
    data: [String],
    out: String,
    noRewrite: [String],
    executor: ExecutorChoice,
    sampler: SamplerOptions
  ) {
    self.model = model
    self.data = data
    self.out = out
    self.noRewrite = noRewrite
    self.executor = executor
    self.sampler = sampler
  }

  /// Whether it was started, or its fits made longer, before another.
  func isEarlier(than other: RunRecord) -> Bool {
    (started, more) < (other.started, other.more)
  }

  /// Its name in the directory of a fit.
  static let fileName = "run.json"

  /// The content of the file.
  var bytes: [UInt8] {
    func number(_ value: Int?) -> JSONValue { value.map { .integer($0) } ?? .null }
    // Seeds may be greater than what JSON's readers keep exactly: they are texts.
    let object: JSONValue = [
      "schema": 1, "version": .string(Version.text), "model": .string(model),
      "data": .strings(data), "out": .string(out), "no_rewrite": .strings(noRewrite),
      "executor": .string(executor.rawValue),
      "default_seed": .string(orNull: seed.map(String.init)),
      "seed": .string(orNull: sampler.seed.map(String.init)),
      "chains": number(sampler.chains), "warmup": number(sampler.warmup),
      "draws": number(sampler.draws), "adapt": .string(orNull: sampler.adaptation?.rawValue),
      "more": .integer(more), "started": .integer(started),
      "from": .string(orNull: from),
    ]
    return object.utf8(.indented)
  }

  private init?(_ bytes: [UInt8]) {
    guard let root = try? JSONDocument(bytes).root, let model = root["model"]?.string,
      let out = root["out"]?.string, let executor = root["executor"]?.string,
      let choice = ExecutorChoice(rawValue: executor), let data = root["data"]?.strings,
      let noRewrite = root["no_rewrite"]?.strings
    else { return nil }
    var sampler = SamplerOptions()
    sampler.seed = root["seed"]?.string.flatMap { UInt64($0) }
    sampler.chains = root["chains"]?.integer
    sampler.warmup = root["warmup"]?.integer
    sampler.draws = root["draws"]?.integer
    sampler.adaptation = root["adapt"]?.string.flatMap { SamplerOptions.Adaptation(rawValue: $0) }
    self.init(
      model: model,
      data: data,
      out: out,
      noRewrite: noRewrite,
      executor: choice,
      sampler: sampler
    )
    seed = root["default_seed"]?.string.flatMap { UInt64($0) }
    more = root["more"]?.integer ?? 0
    started = root["started"]?.integer ?? 0
    from = root["from"]?.string
  }

  /// The record that lies in a fit's directory.
  ///
  /// - Throws: a sentence where there is none, or it is damaged.
  static func record(in folder: String) throws(ProgramFileError) -> RunRecord {
    let path = folder + "/" + fileName
    guard let bytes = try? readFile(path) else {
      throw ProgramFileError(message: "\(path) is not there")
    }
    guard let record = RunRecord(bytes) else {
      throw ProgramFileError(message: "\(path) is damaged: the run cannot be resumed")
    }
    return record
  }

  /// Whether the fit at a path has a record of its own, also while it stands beside it.
  package static func isHeld(by path: String) -> Bool {
    [path, FitWriter.stagingPath(path)].contains { isThere($0 + "/" + fileName) }
  }

  /// The record of the run that made a fit, or the fits of a folder; of several the latest.
  ///
  /// A fit that was moved is where it is now.
  ///
  /// - Parameter path: the directory of the fit, or the folder of the fits.
  /// - Returns: what the run was started with.
  /// - Throws: a sentence where there is none.
  public static func read(from path: String) throws(ProgramFileError) -> RunRecord {
    var path = path
    while path.count > 1, path.hasSuffix("/") { path.removeLast() }
    var folders = [path, FitWriter.stagingPath(path)]
    if let names = try? listDirectory(path) {
      folders += names.filter { $0.hasSuffix(".zarr") || $0.hasSuffix(".zarr.new") }
        .map { path + "/" + $0 }
    }
    var latest: RunRecord?
    for folder in folders {
      guard (try? readFile(folder + "/" + fileName)) != nil else { continue }
      let record = try record(in: folder)
      if latest?.isEarlier(than: record) ?? true { latest = record }
    }
    guard let latest else {
      throw ProgramFileError(
        message:
          "\(path) has no record of a run to go on with: there is no fit, or one of an earlier version,"
          + " or it was stopped before it had begun. Run the program again, with --overwrite if"
          + " there is something, and the same --seed for the same draws"
      )
    }
    return latest
  }
}
