package import PPLPosteriorAnalysis

/// One HTML file that tells of a fit: it needs no network, no scripts and no other files.
package struct FitPage: Sendable {
  /// Pictures of one kind.
  package struct Section: Sendable {
    package var title: String
    /// What there is to know of the pictures, a sentence each.
    package var notes: [String]
    package var plots: [SVG]

    package init(_ title: String, notes: [String] = [], _ plots: [SVG]) {
      self.title = title
      self.notes = notes
      self.plots = plots
    }
  }

  package var title: String
  /// What the fit is: names and values.
  package var facts: [(name: String, value: String)] = []
  /// What the fit does not hold, a phrase each.
  package var lacking: [String] = []
  /// Findings; nil where there is nothing to judge.
  package var warnings: [DiagnosticWarning]?
  /// Effective draws below which a figure of the table is marked; nil where nothing is judged.
  package var essLimit: Double?
  package var model: [MarkedLine] = []
  package var table: [ReportedArray] = []
  package var sections: [Section] = []

  /// Rows of the table at most: a page of more is slow to open.
  package static let greatestRowCount = 5000

  package init(title: String) {
    self.title = title
  }

  /// The text of the file.
  package var html: String {
    var body = "<h1>\(escaped(title))</h1>\n"
    if !facts.isEmpty {
      let items = facts.map {
        "<div><dt>\(escaped($0.name))</dt><dd>\(escaped($0.value))</dd></div>"
      }
      body += "<dl>\n\(items.joined(separator: "\n"))\n</dl>\n"
    }
    if !lacking.isEmpty {
      body += paragraph(
        "This fit does not hold \(lacking.joined(separator: ", ")); that is left out here."
      )
    }
    if let warnings { body += findings(warnings) }
    if !model.isEmpty {
      body += "<h2>Model</h2>\n<div class=\"model\">\n\(model.map(\.html).joined())</div>\n"
      let hasMarks = model.contains { !$0.marks.isEmpty }
      body +=
        !hasMarks
        ? ""
        : paragraph(
          "Beside each statement: what was found of its quantity, as mean ± standard deviation with its density and the central 90 %;"
            + " of an array the means of its elements."
        )
    }
    if table.contains(where: { !$0.summaries.isEmpty }) { body += summary }
    for section in sections where !section.plots.isEmpty || !section.notes.isEmpty {
      body += "<h2>\(escaped(section.title))</h2>\n"
      body += section.notes.map(paragraph).joined()
      if section.plots.isEmpty { continue }
      let figures = section.plots.map { "<figure>\n\($0.text)</figure>" }
      body += "<div class=\"plots\">\n\(figures.joined(separator: "\n"))\n</div>\n"
    }
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(escaped(title))</title>
      <style>
      \(PageStyle.text)
      </style>
      </head>
      <body>
      \(body)</body>
      </html>

      """
  }

  private func paragraph(_ text: String) -> String { "<p class=\"soft\">\(escaped(text))</p>\n" }

  /// Prose whose parts in backticks are text of programs.
  private func marked(_ text: String) -> String {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false).map {
      escaped(String($0))
    }
    guard parts.count % 2 == 1 else { return escaped(text) }
    return parts.enumerated().map { $0.offset % 2 == 1 ? "<code>\($0.element)</code>" : $0.element }
      .joined()
  }

  private func findings(_ warnings: [DiagnosticWarning]) -> String {
    guard !warnings.isEmpty else { return "<h2>Warnings</h2>\n<p>None.</p>\n" }
    let items = warnings.map { warning in
      "<li\(warning.isFailure ? " class=\"failure\"" : "")><strong>\(marked(warning.message))</strong>"
        + " <span class=\"soft\">(\(escaped(warning.code.rawValue)))</span><br>\(marked(warning.advice))</li>"
    }
    return "<h2>Warnings</h2>\n<ul class=\"warnings\">\n\(items.joined(separator: "\n"))\n</ul>\n"
  }

  private var summary: String {
    let count = table.reduce(0) { $0 + $1.summaries.count }
    let isPoint = SummaryTable(arrays: table).isPoint
    let header = isPoint ? SummaryTable.pointHeader : SummaryTable.header
    var rows = ""
    var shown = 0
    for array in table {
      for index in array.summaries.indices where shown < Self.greatestRowCount {
        shown += 1
        let cells = SummaryTable.cells(array, index).prefix(header.count)
        let flags = essLimit.map { Self.flags(array.summaries[index], $0) } ?? []
        rows += "<tr>"
        for (column, cell) in cells.enumerated() {
          let mark = flags.contains(header[column]) ? " class=\"flag\"" : ""
          rows += "<td\(mark)>\(escaped(cell))</td>"
        }
        rows += "</tr>\n"
      }
    }
    var text = "<h2>Summary</h2>\n"
    if shown < count {
      text += paragraph(
        "The first \(shown) of \(count) elements; `ppl export` writes the draws of all of them."
      )
    }
    let titles = header.map { "<th scope=\"col\">\($0)</th>" }.joined()
    text +=
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Summary of the draws\">\n"
    text +=
      "<table>\n<thead><tr>\(titles)</tr></thead>\n<tbody>\n\(rows)</tbody>\n</table>\n</div>\n"
    return text
  }

  /// Columns of figures that fail the diagnostics.
  private static func flags(_ summary: QuantitySummary, _ essLimit: Double) -> Set<String> {
    var flags: Set<String> = []
    if summary.rhat > DiagnosticReport.rhatLimit { flags.insert("rhat") }
    if summary.essBulk < essLimit { flags.insert("ess_bulk") }
    if summary.essTail < essLimit { flags.insert("ess_tail") }
    return flags
  }
}
