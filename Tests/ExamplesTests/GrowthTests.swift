import Foundation
import PPL
import PPLExecution
import PPLGraphIR
import PPLJSON
import PPLModelCompiler
import PPLTensorCore
import Testing

/// An example's graph does not grow with its data.
@Suite struct GrowthTests {
  @Test func kidscoreHasOneGraphForAllSizes() throws {
    let example = try #require(Example.all.first { $0.name == "kidscore_interaction" })
    let directory = try TemporaryDirectory()
    let file = try #require(example.path("data.json"))
    let document = try JSONDocument([UInt8](Data(contentsOf: URL(filePath: file))))
    guard case .object(let members) = document.root.kind else {
      Issue.record("the data are no object")
      return
    }
    var repeated: [JSONMember] = []
    for member in members {
      guard case .numbers(let numbers) = member.value.kind else { continue }
      let values = (0..<100).flatMap { _ in numbers.values.map { JSONValue.real($0) } }
      repeated.append(JSONMember(member.name, .array(values)))
    }
    let path = directory.path + "/data.json"
    try Data(JSONValue.object(repeated).text(.indented).utf8).write(to: URL(filePath: path))
    let small = try example.model()
    let program = try Program(path: try #require(example.path("model.ppl")))
    let large = try program.compile(DataSet(paths: [path])).model
    func shapes(_ graph: Graph) -> [Shape] { graph.nodes.map(\.shape) }
    #expect(shapes(small.compiled.density) == shapes(large.compiled.density))
    #expect(shapes(small.compiled.gradient) == shapes(large.compiled.gradient))
    let density = { (model: Model) in
      ReferenceExecutor(model.compiled.density).run(
        inputs: [Double](repeating: 0.1, count: model.dimension),
        outputCount: 1
      )[0]
    }
    #expect(density(large) < 90 * density(small))
  }
}
