package import PPLSourceText
import PPLTypeSystem

/// A random change of data while a fit by steps goes on: each row of each step has random numbers of its own.
///
/// Amounts are in the units of the data. Predictions, validation and bounds see the data as they are.
package enum Augmentation: Sendable, Hashable {
  /// `crop(n)` and `shift(n)`: rows and columns, or times, move by whole numbers that are uniform on −n…n, and zeros come in. That is the
  /// same as to pad by n zeros and to cut out at a random place (He, Zhang, Ren and Sun 2016, arXiv:1512.03385, section 4.2).
  case translation(Int)
  /// `mirror()`: left and right change places with probability 1/2.
  case mirror
  /// `brightness(b)`: values times f, uniform on [max(0, 1 − b), 1 + b], as torchvision's `ColorJitter` has it.
  case brightness(Double)
  /// `contrast(c)`: f x + (1 − f) m with the image's mean grey m, f as before.
  case contrast(Double)
  /// `colour(s, hue: h)`: f x + (1 − f) g with the grey g of each pixel, f as before; then colours turn about the axis of greys by an
  /// angle that is uniform on ±h turns. Greys are 0.299 R + 0.587 G + 0.114 B (ITU-R BT.601).
  case colour(saturation: Double, hue: Double)
  /// `noise(s)`: normal noise of standard deviation s.
  case noise(Double)

  /// Whether it mixes the channels of colours.
  package var needsColours: Bool {
    if case .colour = self { !isNothing } else { false }
  }

  /// Whether it changes nothing.
  package var isNothing: Bool {
    switch self {
    case .translation(let amount): amount == 0
    case .mirror: false
    case .brightness(let amount), .contrast(let amount), .noise(let amount): amount == 0
    case .colour(let saturation, let hue): saturation == 0 && hue == 0
    }
  }
}

/// What happens to one data array.
package struct DataAugmentation: Sendable {
  package var variable: VariableID
  package var layout: AugmentedLayout
  package var changes: [Augmentation]
  /// Where the program says so.
  package var span: SourceSpan
}

/// What the axes of augmented data are, behind the batched one.
package enum AugmentedLayout: Sendable, Hashable {
  /// Numbers without order, which only noise changes.
  case numbers
  /// Times.
  case series
  /// Rows, then columns, with channels at a place among the three axes.
  case image(channel: Int?)
}
