/// Where a saved chain stands, whatever its engine, as far as another chain can begin there.
package struct ChainPlace: Sendable, Decodable {
  /// Position of its last draw, in its coordinates.
  package let position: [Double]
  /// Estimates of the posterior variances in the same coordinates; nil of engines that have none.
  package let variances: [Double]?
  /// Its coordinates; nil where there was nothing to choose.
  package let centering: Centering?

  /// Where a chain stands.
  package init(_ state: any SavedChain) {
    position = state.position
    let own = state as? ChainState
    variances = own?.adaptation.inverseMass
    centering = own?.centering?.centering
  }

  private enum CodingKeys: CodingKey {
    case position, tuning, centering
  }

  package init(from decoder: any Decoder) throws {
    let members = try decoder.container(keyedBy: CodingKeys.self)
    position = try members.decode([Double].self, forKey: .position)
    variances = try members.decodeIfPresent(StoredAdaptation.self, forKey: .tuning)?.adaptation
      .inverseMass
    centering = try members.decodeIfPresent(CenteringSearch.self, forKey: .centering)?.centering
  }
}
