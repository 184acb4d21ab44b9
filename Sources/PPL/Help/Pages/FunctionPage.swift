import PPLTypeSystem

/// The page of the functions: what help says of them, and where they are defined.
package enum FunctionPage {
  package static var text: String {
    var text = """
      # Functions

      What may be called in expressions; `?log` in the session shows the same. Written from the functions' own definitions.

      A function of one number is applied to each element of an array. One of two numbers takes arrays with the same axes, or an array and a number. A reduction also takes a comprehension:
      `sum(x[i] for i: d)`. Where x is outside of what is given here, the value is NaN or infinite. Distributions are on a page of their own, [Distributions](Distributions.md), and
      so are [Layers](Layers.md).

      """
    for topic in BuiltinFunction.Topic.allCases {
      let functions = BuiltinFunction.allCases.filter { $0.topic == topic }
      let hasShapes = functions.contains { $0.shapes != nil }
      let hasDomains = functions.contains { $0.domain != nil }
      let middle = hasShapes ? "takes and gives" : hasDomains ? "x" : nil
      text += "\n## \(topic.rawValue)\n\n"
      text += table(
        ["function"] + (middle.map { [$0] } ?? []) + [""],
        functions.map { function in
          let forms = Help.forms(of: function).map { "`\($0)`" }.joined(separator: ", ")
          let second = function.shapes ?? function.domain?.description ?? "all x"
          return [forms] + (middle == nil ? [] : [second]) + [function.summary]
        }
      )
    }
    text += "\n## Dimensions, distributions and intervals\n\n" + table(of: Help.languageFunctions)
    text += """

      `f` is a function of the program, `fn f(x: real) -> real = …`. `logp` and `cdf` of arrays are taken element by element.

      ## In the script

      These stand in `show` only, and read the draws of a fit.

      """
    text += "\n" + table(of: Help.queries)
    return text
  }

  private static func table(of entries: [Help.Entry]) -> String {
    table(
      ["function", ""],
      entries.map { [$0.forms.map { "`\($0)`" }.joined(separator: ", "), $0.summary] }
    )
  }

  private static func table(_ head: [String], _ rows: [[String]]) -> String {
    func line(_ cells: [String]) -> String {
      "| " + cells.joined(separator: " | ").replacing(" |  |", with: " | |") + " |\n"
    }
    let rule = "|" + head.map { _ in "---|" }.joined() + "\n"
    return line(head).replacing("|  |", with: "| |") + rule + rows.map(line).joined()
  }
}
