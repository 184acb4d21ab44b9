import Foundation

/// Whether two outputs of a command say the same.
///
/// Words must agree, but for warnings of so few divergences that they say nothing of the fit, and for which quantity is the worst. Numbers differ from processor to processor, as draws do: means and
/// standard deviations in tables, and values behind an equals sign, must be near each other; times, effective sizes and the like may be any.
/// Where nothing is drawn all numbers are the same but for rounding (`exactDifference`).
enum OutputComparison {
  /// What differs; nil if nothing does.
  static func difference(shown: String, found: String) -> String? {
    let (shown, found) = (withoutChance(shown), withoutChance(found))
    let (shownWords, foundWords) = (words(shown), words(found))
    if let place = zip(shownWords, foundWords).enumerated().first(where: { $1.0 != $1.1 }) {
      return "the page has \(place.element.0), the program \(place.element.1)"
    }
    guard shownWords.count == foundWords.count else {
      return "the page has \(shownWords.count) words, the program \(foundWords.count)"
    }
    var columns: [Substring] = []
    for (shown, found) in zip(lines(shown), lines(found)) {
      let (left, right) = (fields(shown), fields(found))
      if left.isEmpty { columns = [] }
      if left.contains("mean") && left.contains("sd") || left.contains("replicated") {
        columns = left
      } else if !columns.isEmpty, left.count > columns.count, left.count == right.count {
        if !rowsAgree(left, right, columns) { return "\(shown)\n\(found)" }
      } else if let (a, b) = values(shown, found), abs(a - b) > 0.1 + 0.25 * max(abs(a), abs(b)) {
        return "\(shown)\n\(found)"
      }
    }
    return nil
  }

  /// What differs between outputs without chance in them; nil if nothing does but the rounding of numbers.
  static func exactDifference(shown: String, found: String) -> String? {
    let number = /[-+]?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?/
    func parts(_ text: String) -> (words: String, numbers: [Double]) {
      (
        text.replacing(number, with: "#"),
        text.matches(of: number).compactMap { Double($0.output.0) }
      )
    }
    let ((shownWords, left), (foundWords, right)) = (parts(shown), parts(found))
    let isSame =
      shownWords == foundWords && left.count == right.count
      && zip(left, right).allSatisfy { abs($0 - $1) <= 1e-4 * max(abs($0), abs($1)) }
    return isSame ? nil : "\(shown)\n\(found)"
  }

  /// A text without what is chance: which quantity is the worst, and warnings of divergences in at most one draw of a thousand, which by the exit
  /// status are no failure.
  private static func withoutChance(_ text: String) -> String {
    let warning = /warning\[divergences\]: (\d+) of (\d+) draws diverged\n.*\n(?:--\n|\n)?/
    return text.replacing(warning) { match in
      guard let count = Int(match.output.1), let draws = Int(match.output.2) else { return "" }
      return count * 1000 <= draws ? "" : String(match.output.0)
    }
    .replacing(/(the (?:highest|lowest) is \S+ of) \S+/) { "\($0.output.1) one" }
  }

  /// The words of a text, with all numbers alike and times in one unit.
  private static func words(_ text: String) -> [String] {
    text.split { $0 == " " || $0 == "\n" }.map { word in
      String(word).replacing(/[-+]?[0-9]+(\.[0-9]+)?(e[-+]?[0-9]+)?/, with: "#")
        .replacing(/^m?s(,?)$/) { "s\($0.output.1)" }
    }
  }

  private static func lines(_ text: String) -> [Substring] {
    text.split(separator: "\n", omittingEmptySubsequences: false)
  }

  private static func fields(_ line: Substring) -> [Substring] { line.split(separator: " ") }

  /// What stands behind the last equals sign of two lines, if that is one number in both.
  private static func values(_ shown: Substring, _ found: Substring) -> (Double, Double)? {
    func value(_ line: Substring) -> Double? {
      line.range(of: " = ", options: .backwards).flatMap { Double(line[$0.upperBound...]) }
    }
    guard let left = value(shown), let right = value(found) else { return nil }
    return (left, right)
  }

  /// Whether two rows of a table of draws agree.
  ///
  /// Rows of independent draws of one posterior would: a mean is off by ten standard errors at most, as is a standard deviation by ten of
  /// those that it has for a normal distribution, and a tenth of itself, as tails may be heavier. Means of fits without R-hat may be off by a
  /// tenth of themselves besides.
  private static func rowsAgree(_ left: [Substring], _ right: [Substring], _ columns: [Substring])
    -> Bool
  {
    func pair(_ column: String) -> (Double, Double)? {
      guard let place = columns.lastIndex(of: Substring(column)) else { return nil }
      // A name may hold blanks, so that columns are counted from the end.
      let back = columns.count - place
      guard let a = Double(left[left.count - back]), let b = Double(right[right.count - back])
      else { return nil }
      return (a, b)
    }
    guard let sd = pair("sd") else { return true }
    let scale = max(sd.0, sd.1)
    if let (a, b) = pair("mean") {
      let draws = pair("ess_bulk").map { min($0.0, $0.1) } ?? 100
      let error = 10 / max(1, draws).squareRoot()
      // A fit without chains may have ended elsewhere.
      let drift = pair("rhat") == nil ? 0.1 * max(abs(a), abs(b)) : 0
      return abs(a - b) <= (error + 0.1) * scale + drift
        && abs(sd.0 - sd.1) <= (error + 0.1) * scale
    }
    guard let mean = pair("replicated"), let p = pair("p") else { return true }
    return abs(mean.0 - mean.1) <= 0.5 * scale && abs(p.0 - p.1) <= 0.2
  }
}
