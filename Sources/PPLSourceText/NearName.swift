/// The candidate that is most likely meant by a misspelt name, or nil if none is near.
///
/// Near means a restricted Damerau-Levenshtein distance of at most a third of the length (at least
/// one), and below the length of the longer name: no single letter is near another. Letter case does
/// not count.
/// - Complexity: O(candidates × length²); names longer than 64 characters are not compared.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
  let target = Array(name.lowercased().unicodeScalars)
  guard target.count <= 64 else { return nil }
  let limit = max(1, target.count / 3)
  var best: (name: String, distance: Int)?
  for candidate in candidates where candidate != name {
    let other = Array(candidate.lowercased().unicodeScalars)
    guard abs(other.count - target.count) <= limit else { continue }
    let distance = editDistance(target, other)
    guard distance <= limit, distance < max(target.count, other.count) else { continue }
    if let current = best, (current.distance, current.name) <= (distance, candidate) { continue }
    best = (candidate, distance)
  }
  return best?.name
}

/// Insertions, deletions, substitutions and swaps of neighbours that turn one text into the other.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
  var beforePrevious: [Int] = []
  var previous = Array(0...b.count)
  for i in 0..<a.count {
    var current = [i + 1]
    for j in 0..<b.count {
      var cost = min(current[j] + 1, previous[j + 1] + 1, previous[j] + (a[i] == b[j] ? 0 : 1))
      if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
        cost = min(cost, beforePrevious[j - 1] + 1)
      }
      current.append(cost)
    }
    beforePrevious = previous
    previous = current
  }
  return previous[b.count]
}
