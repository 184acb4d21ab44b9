import PPLReporting

/// All that a session holds: a value, so that an entry can be taken back.
struct SessionState {
  /// The statements of the model, in their order.
  var statements: [SessionStatement] = []
  /// Those that name something that is not defined yet, by their identity, with what they wait for.
  var waiting: [Int: [String]] = [:]
  /// The data files.
  var data = DataSet()
  /// Tells the data from those of other times.
  var dataRevision = 0
  /// The folder that paths in the model's statements are relative to; empty for the working directory.
  var folder = ""
  /// The fits, in the order of their statements.
  var fits: [SessionFit] = []
  /// The predictions, in the order of their statements.
  var predictions: [SessionPrediction] = []
  /// The statements of the script that were carried out, for the file of the session.
  var script: [SessionStatement] = []

  /// The statements that make the model: all that wait for nothing.
  var active: [SessionStatement] { statements.filter { waiting[$0.id] == nil } }

  /// What a fit of the model as it is now would belong to.
  var snapshot: ModelSnapshot {
    ModelSnapshot(statements: active, data: data, dataRevision: dataRevision, folder: folder)
  }

  func fit(named name: String) -> SessionFit? { fits.first { $0.name == name } }

  func prediction(named name: String) -> SessionPrediction? {
    predictions.first { $0.name == name }
  }

  /// Forgets the fit or prediction of a name, and predictions that are given it.
  ///
  /// - Returns: the names of the predictions that went with it.
  mutating func forget(_ name: String) -> [String] {
    let gone = predictions.filter { $0.given.contains(name) }.map(\.name)
    fits.removeAll { $0.name == name }
    predictions.removeAll { $0.name == name || gone.contains($0.name) }
    script.removeAll { statement in statement.names.contains { gone.contains($0) } }
    return gone
  }
}

/// The statements and data that fits belong to.
struct ModelSnapshot {
  var statements: [SessionStatement]
  var data: DataSet
  var dataRevision: Int
  var folder: String

  /// What tells models apart.
  var key: Key { Key(statements: statements.map(\.id), dataRevision: dataRevision, folder: folder) }

  struct Key: Hashable {
    var statements: [Int]
    var dataRevision: Int
    var folder: String
  }

  /// The name of programs of the model: a path in the folder that their own paths are relative to.
  var programName: String { folder.isEmpty ? "session" : folder + "/session" }
}

/// A fit of a session.
struct SessionFit {
  var name: String { statement.names[0] }
  var statement: SessionStatement
  var snapshot: ModelSnapshot
  var model: Model
  var fit: Fit
  var report: FitReport
  /// Why it is no fit of the present model, in words to stand after "since"; nil while it is one.
  var staleness: String?
}

/// A prediction of a session.
struct SessionPrediction {
  var name: String { statement.names[0] }
  var statement: SessionStatement
  /// The fits that it is given.
  var given: [String]
  var prediction: Prediction
}
