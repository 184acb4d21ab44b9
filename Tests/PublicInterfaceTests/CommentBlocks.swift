import PPL
import Testing

/// The blocks of Swift in documentation comments.
@Suite struct CommentBlocks {
  private func schools() throws -> Model {
    let text = """
      dim school
      data y[school], sigma[school]: real
      mu ~ Normal(0, 5)
      theta[school] ~ Normal(mu, 5)
      y[s: school] ~ Normal(theta[s], sigma[s])
      """
    let data: DataSet = [
      "school": ["Choate", "Deerfield", "Andover"], "y": [28, 8, -3], "sigma": [15, 10, 16],
    ]
    return try Program(checking: text).compile(data).model
  }

  @Test func inference() async throws {
    let model = try schools()
    let posterior = try await model.infer(.nuts(draws: 2000), InferenceOptions(seed: 1))
    #expect(posterior.drawCount == 2000)
    if let theta = posterior["theta"], let choate = theta("Choate") { print(choate.max() ?? .nan) }
    let contrast = try posterior.draws(of: "post.theta[1] - post.theta[2]")
    #expect(contrast.mean[0] > 0)
    for try await event in model.inference(.nuts(draws: 2000)) {
      if case .finished(let posterior) = event { print(posterior.names) }
    }
    let engine: Engine = "vi(guide: full_rank, draws: 4000)"
    let approximation = try await model.infer(engine)
    #expect(approximation.chainCount * approximation.drawCount == 4000)
  }

  @Test func predictions() async throws {
    let text = """
      dim store, week
      data store_of[week]: store
      data price[week]: real
      data sales[week]: real
      level[store] ~ Normal(30, 20)
      sales[w: week] ~ Normal(level[store_of[w]] - 2 * price[w], 3)
      """
    let data: DataSet = [
      "store_of": ["north", "north", "south"], "price": [9, 10, 10], "sales": [20, 18, 31],
    ]
    let posterior = try await Program(checking: text).compile(data).model.infer(.nuts())
    let sales = try await posterior.predict("sales", data: ["price": [9.5], "store_of": ["north"]])
    #expect(abs(sales.mean[0] - 19) < 3)
  }

  @Test func data() throws {
    let data: DataSet = [
      "school": ["Choate", "Deerfield"], "y": [28.0, 8], "sigma": [15.0, nil] as [Double?],
    ]
    #expect(data.isValid)
    try setValues()

    struct Celsius: DataConvertible {
      var degrees: Double
      var dataElements: DataElements { degrees.dataElements }
    }
    let warmth: DataSet = ["warmth": [Celsius(degrees: 20), Celsius(degrees: 24)]]
    let text = """
      dim day
      data warmth[day]: real
      m ~ Normal(0, 1)
      warmth[d: day] ~ Normal(m, 1)
      """
    #expect(try Program(checking: text).compile(warmth).model.dimension == 1)
  }

  private func setValues() throws {
    var data = DataSet()
    data.set("y", [28.0, 8, -3, 7])
    data.set("school", ["Choate", "Deerfield", "Andover", "Exeter"])
    let text = """
      dim school
      data y[school]: real
      theta[school] ~ Normal(0, 1)
      y[s: school] ~ Normal(theta[s], 1)
      """
    #expect(try Program(checking: text).compile(data).model.dimension == 4)
  }

  @Test func programs() {
    let program = Program(name: "coin.ppl", text: "p ~ Beta(1, 1)")
    for diagnostic in program.diagnostics { print(diagnostic.message) }
    #expect(program.isValid)
    let result = ProgramFormat.format(SourceFile(name: "coin.ppl", text: "p~Beta( 1,1 )"))
    if case .formatted(let text) = result { print(text) }  // p ~ Beta(1, 1)
    guard case .formatted("p ~ Beta(1, 1)\n") = result else {
      Issue.record("\(result)")
      return
    }
  }

  @Test func storedFits() async throws {
    let place = try Folder()
    let folder = place.path
    _ = try await schools().infer(
      .nuts(),
      InferenceOptions(seed: 1, path: folder + "/model.fit.zarr")
    )
    let fit = try StoredFit(path: folder + "/model.fit.zarr")
    let mu = try fit.draws(of: "mu")
    #expect(mu?.map(\.count) == [1000, 1000, 1000, 1000])
  }

  @Test func sessions() async {
    let session = InteractiveSession()
    for entry in ["mu ~ Normal(0, 1)", "infer post = nuts(seed: 1)", "E(post.mu)"] {
      _ = await session.enter(entry) { event in
        if case .output(let text) = event { print(text) }
      }
    }
    var shown = ""
    let status = await session.enter("P(post.mu > -100)") { event in
      if case .output(let text) = event { shown += text }
    }
    #expect(status == .good)
    #expect(shown.contains("1"))
  }

  @Test func languageServer() {
    let message = [UInt8](
      #"{"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {}}"#.utf8
    )
    var answers = 0
    func send(_ answer: [UInt8]) { answers += answer.isEmpty ? 0 : 1 }
    var server = LanguageServer()
    for answer in server.handle(message) { send(answer) }
    #expect(answers == 1)
  }
}
