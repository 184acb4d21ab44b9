/// The strongly connected components of a directed graph, each after those it points to.
///
/// Tarjan's algorithm (Tarjan 1972, doi 10.1137/0201010) with an explicit stack, so that chains of any
/// length are safe.
/// `successors` holds for each node the nodes it points to.
/// - Complexity: O(nodes + edges).
package func stronglyConnectedComponents(_ successors: [[Int]]) -> [[Int]] {
  let count = successors.count
  var order = [Int](repeating: -1, count: count)
  var low = [Int](repeating: 0, count: count)
  var isOnStack = [Bool](repeating: false, count: count)
  var stack: [Int] = []
  var components: [[Int]] = []
  var nextOrder = 0
  var work: [(node: Int, edge: Int)] = []
  for root in 0..<count where order[root] < 0 {
    work.append((root, 0))
    while let (node, edge) = work.last {
      if edge == 0 {
        order[node] = nextOrder
        low[node] = nextOrder
        nextOrder += 1
        stack.append(node)
        isOnStack[node] = true
      }
      if edge < successors[node].count {
        work[work.count - 1].edge += 1
        let next = successors[node][edge]
        if order[next] < 0 {
          work.append((next, 0))
        } else if isOnStack[next] {
          low[node] = min(low[node], order[next])
        }
        continue
      }
      work.removeLast()
      if let parent = work.last?.node { low[parent] = min(low[parent], low[node]) }
      guard low[node] == order[node] else { continue }
      var component: [Int] = []
      while let top = stack.popLast() {
        isOnStack[top] = false
        component.append(top)
        if top == node { break }
      }
      components.append(component)
    }
  }
  return components
}
