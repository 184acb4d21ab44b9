import PPLTensorCore

/// How step sizes change over a fit; the raw value is the name in programs.
package enum LearningRateSchedule: String, Sendable, Hashable, CaseIterable {
  case constant
  /// Half a cosine from 1 to 0 (Loshchilov and Hutter 2017, arXiv:1608.03983, equation 5 without restarts).
  case cosine
  /// A straight line from 1 to 0.
  case linear
  /// Divided by 10 after half of the steps, and again after three quarters.
  case step

  /// What the step size is multiplied by after a share of all steps, from 0 to 1.
  package func factor(at share: Double) -> Double {
    switch self {
    case .constant: 1
    case .cosine: (1 + LibM.cos(.pi * min(1, share))) / 2
    case .linear: max(0, 1 - share)
    case .step: share < 0.5 ? 1 : share < 0.75 ? 0.1 : 0.01
    }
  }
}
