import PPLPosteriorAnalysis
import Testing

/// Draws that Swift and Python compute alike, bit by bit: a congruential generator's sums of four,
/// fed through a first-order autoregression, scaled, shifted by chain and rounded down to steps.
struct DrawRecipe: Sendable {
  var chains: Int
  var draws: Int
  var correlation: Double
  var scale: Double
  var shift: Double
  var step: Double
  var seed: UInt32

  func make() -> ScalarDraws {
    var state = seed
    let rows = (0..<chains).map { chain in
      var level = 0.0
      return (0..<draws).map { _ in
        var sum = 0.0
        for _ in 0..<4 {
          state = state &* 1_664_525 &+ 1_013_904_223
          sum += Double(state) / 4_294_967_296
        }
        level = correlation * level + (sum - 2)
        let value = level * scale + shift * Double(chain)
        return step > 0 ? (value / step).rounded(.down) * step : value
      }
    }
    return ScalarDraws(chains: rows)
  }
}

/// What ArviZ makes of the draws of a recipe.
struct ReferenceCase: Sendable, CustomTestStringConvertible {
  var name: String
  var recipe: DrawRecipe
  var mean: Double
  var sd: Double
  var mcse: Double
  var mcseOfSD: Double
  var q5: Double
  var median: Double
  var q95: Double
  var essBulk: Double
  var essTail: Double
  var rhat: Double
  var essQ25: Double
  var mcseQ5: Double
  var mcseMedian: Double

  var testDescription: String { name }
}

/// Computed with ArviZ 0.23.4 (`_multichain_statistics`, `_ess_quantile`, `_mcse_quantile`),
/// NumPy 2.4.6 and SciPy 1.17.1 under Python 3.11.7.
let referenceCases = [
  ReferenceCase(
    name: "independent",
    recipe: DrawRecipe(
      chains: 4,
      draws: 100,
      correlation: 0.0,
      scale: 1.0,
      shift: 0.0,
      step: 0.0,
      seed: 1
    ),
    mean: 0.033477457780390976,
    sd: 0.5957037070924965,
    mcse: 0.029248497112317553,
    mcseOfSD: 0.020498100635460568,
    q5: -0.9882378070615231,
    median: 0.031582598108798265,
    q95: 0.9890471634454997,
    essBulk: 408.8963339328821,
    essTail: 457.8724772602943,
    rhat: 1.0056728997347788,
    essQ25: 442.6149468828392,
    mcseQ5: 0.10136044770479202,
    mcseMedian: 0.031755356118083
  ),
  ReferenceCase(
    name: "correlated",
    recipe: DrawRecipe(
      chains: 4,
      draws: 250,
      correlation: 0.9,
      scale: 1.0,
      shift: 0.0,
      step: 0.0,
      seed: 2
    ),
    mean: 0.09650021764381553,
    sd: 1.2852465665616357,
    mcse: 0.24201394659009345,
    mcseOfSD: 0.0872211577310633,
    q5: -1.8859336684558436,
    median: 0.062253304209104444,
    q95: 2.182540116040249,
    essBulk: 28.989126238721138,
    essTail: 113.18383436902757,
    rhat: 1.114214176952375,
    essQ25: 126.50731946389358,
    mcseQ5: 0.16896573199761777,
    mcseMedian: 0.26768284316297236
  ),
  ReferenceCase(
    name: "oddCount",
    recipe: DrawRecipe(
      chains: 3,
      draws: 51,
      correlation: 0.5,
      scale: 2.0,
      shift: 0.0,
      step: 0.0,
      seed: 3
    ),
    mean: -0.0678286056922606,
    sd: 1.2583800583165523,
    mcse: 0.1530923571859427,
    mcseOfSD: 0.10417264910083326,
    q5: -2.1662418735023756,
    median: 0.06344086076476052,
    q95: 1.8598913870285614,
    essBulk: 68.75932766859054,
    essTail: 78.60405327790392,
    rhat: 1.0466466082278159,
    essQ25: 88.17147265888708,
    mcseQ5: 0.30123400581059157,
    mcseMedian: 0.1765159286734434
  ),
  ReferenceCase(
    name: "antithetic",
    recipe: DrawRecipe(
      chains: 4,
      draws: 200,
      correlation: -0.7,
      scale: 1.0,
      shift: 0.0,
      step: 0.0,
      seed: 4
    ),
    mean: 0.016439414242588306,
    sd: 0.8275530704175311,
    mcse: 0.017171989408096097,
    mcseOfSD: 0.04014978336286587,
    q5: -1.2793550871718118,
    median: 0.0036823869900139417,
    q95: 1.3965937446941796,
    essBulk: 2322.471989593555,
    essTail: 438.4254400533215,
    rhat: 1.004059537615772,
    essQ25: 1112.9887292264377,
    mcseQ5: 0.081307133103392,
    mcseMedian: 0.02504721703392626
  ),
  ReferenceCase(
    name: "oneChain",
    recipe: DrawRecipe(
      chains: 1,
      draws: 80,
      correlation: 0.3,
      scale: 1.0,
      shift: 0.0,
      step: 0.0,
      seed: 5
    ),
    mean: -0.1647447439071584,
    sd: 0.5439460876145552,
    mcse: 0.08790642813144346,
    mcseOfSD: 0.03325546059431908,
    q5: -1.091082060306443,
    median: -0.17517833317321493,
    q95: 0.6292438547370927,
    essBulk: 38.92980307307679,
    essTail: 92.07243460764589,
    rhat: .nan,
    essQ25: 50.71449425169448,
    mcseQ5: 0.12888635153412453,
    mcseMedian: 0.07977702356246599
  ),
  ReferenceCase(
    name: "tied",
    recipe: DrawRecipe(
      chains: 4,
      draws: 100,
      correlation: 0.4,
      scale: 1.0,
      shift: 0.0,
      step: 0.5,
      seed: 6
    ),
    mean: -0.29875,
    sd: 0.6856008743410725,
    mcse: 0.04949929242754971,
    mcseOfSD: 0.026533422677724846,
    q5: -1.5,
    median: -0.5,
    q95: 1.0,
    essBulk: 191.00322734877426,
    essTail: 248.05076387725865,
    rhat: 1.0174681208764955,
    essQ25: 275.62690338884204,
    mcseQ5: 0.0,
    mcseMedian: 0.25
  ),
  ReferenceCase(
    name: "shifted",
    recipe: DrawRecipe(
      chains: 2,
      draws: 60,
      correlation: 0.2,
      scale: 1.0,
      shift: 1.5,
      step: 0.0,
      seed: 7
    ),
    mean: 0.744537350977857,
    sd: 0.9217962511746277,
    mcse: 0.4937354242188899,
    mcseOfSD: 0.04641500731619438,
    q5: -0.6742414190809473,
    median: 0.7039485038379694,
    q95: 2.050509895761828,
    essBulk: 3.726166749340981,
    essTail: 43.178632316726684,
    rhat: 1.6497361399737485,
    essQ25: 6.343401259768704,
    mcseQ5: 0.17298161877934498,
    mcseMedian: 0.5643369616088565
  ),
  ReferenceCase(
    name: "slow",
    recipe: DrawRecipe(
      chains: 4,
      draws: 1000,
      correlation: 0.99,
      scale: 1.0,
      shift: 0.0,
      step: 0.0,
      seed: 8
    ),
    mean: 0.36951953903569246,
    sd: 3.3248696993910816,
    mcse: 0.6379041698040427,
    mcseOfSD: 0.36227446470255503,
    q5: -5.0771370032668885,
    median: 0.2686879787037906,
    q95: 6.10288104507914,
    essBulk: 25.887741599701627,
    essTail: 47.068665622996306,
    rhat: 1.1286622950846388,
    essQ25: 21.607739076623158,
    mcseQ5: 0.9186390521470913,
    mcseMedian: 0.7974637191002255
  ),
  ReferenceCase(
    name: "fewest",
    recipe: DrawRecipe(
      chains: 2,
      draws: 4,
      correlation: 0.0,
      scale: 1.0,
      shift: 0.0,
      step: 0.0,
      seed: 9
    ),
    mean: -0.20658576814457774,
    sd: 0.5608636076158542,
    mcse: 0.20866362799982022,
    mcseOfSD: 0.08859367534316975,
    q5: -0.7862501691095531,
    median: -0.2648488408885896,
    q95: 0.6082329069264232,
    essBulk: 7.224719895935548,
    essTail: 7.224719895935548,
    rhat: 1.5174789646651494,
    essQ25: 7.224719895935548,
    mcseQ5: 0.05661512538790703,
    mcseMedian: 0.36729979887604713
  ),
  ReferenceCase(
    name: "five",
    recipe: DrawRecipe(
      chains: 2,
      draws: 5,
      correlation: 0.0,
      scale: 1.0,
      shift: 0.0,
      step: 0.0,
      seed: 10
    ),
    mean: -0.3484372188337147,
    sd: 0.3415560991260777,
    mcse: 0.12707248935632132,
    mcseOfSD: 0.07722619598083903,
    q5: -0.8152390195988118,
    median: -0.37291648844256997,
    q95: 0.20275361863896235,
    essBulk: 7.224719895935548,
    essTail: 7.224719895935548,
    rhat: 1.0118206057918937,
    essQ25: 7.224719895935548,
    mcseQ5: 0.21428905986249447,
    mcseMedian: 0.05605398677289486
  ),
  ReferenceCase(
    name: "tiny",
    recipe: DrawRecipe(
      chains: 4,
      draws: 100,
      correlation: 0.5,
      scale: 1e-09,
      shift: 0.0,
      step: 0.0,
      seed: 11
    ),
    mean: 4.197542340674241e-11,
    sd: 6.585440576184435e-10,
    mcse: 5.823037094903865e-11,
    mcseOfSD: 2.231488056203911e-11,
    q5: -1.1107325390154382e-09,
    median: 8.176830547860725e-12,
    q95: 1.131025576060729e-09,
    essBulk: 128.57549927812374,
    essTail: 302.36798882609304,
    rhat: 1.037567837755399,
    essQ25: 161.56466441202988,
    mcseQ5: 1.0836345015837292e-10,
    mcseMedian: 6.355776741435807e-11
  ),
  ReferenceCase(
    name: "constant",
    recipe: DrawRecipe(
      chains: 4,
      draws: 50,
      correlation: 0.0,
      scale: 0.0,
      shift: 0.0,
      step: 0.0,
      seed: 12
    ),
    mean: 0.0,
    sd: 0.0,
    mcse: 0.0,
    mcseOfSD: .nan,
    q5: 0.0,
    median: 0.0,
    q95: 0.0,
    essBulk: 200.0,
    essTail: 200.0,
    rhat: .nan,
    essQ25: 200.0,
    mcseQ5: 0.0,
    mcseMedian: 0.0
  ),
  ReferenceCase(
    name: "stuck",
    recipe: DrawRecipe(
      chains: 4,
      draws: 50,
      correlation: 0.0,
      scale: 0.0,
      shift: 1.0,
      step: 0.0,
      seed: 13
    ),
    mean: 1.5,
    sd: 1.1208395991555509,
    mcse: 0.5257203720113371,
    mcseOfSD: 0.20976176963403032,
    q5: 0.0,
    median: 1.5,
    q95: 3.0,
    essBulk: 4.545454545454546,
    essTail: 4.545454545454546,
    rhat: .infinity,
    essQ25: 4.545454545454546,
    mcseQ5: 0.5,
    mcseMedian: 0.5
  ),
]
