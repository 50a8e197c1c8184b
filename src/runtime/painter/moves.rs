//! Numbers, control sequences and the moves of the cursor, as bytes.

/// Appends a number in decimal.
pub fn number(n: u16, out: &mut Vec<u8>) {
    let mut digits = [0u8; 5];
    let mut rest = n;
    let mut used = 0;
    for slot in digits.iter_mut().rev() {
        *slot = b'0' + u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
        used += 1;
        if rest == 0 {
            break;
        }
    }
    out.extend(digits.iter().skip(digits.len() - used));
}

/// `CSI a;b… final`.
pub fn csi(parameters: &[u16], last: u8, out: &mut Vec<u8>) {
    out.extend_from_slice(b"\x1b[");
    for (i, parameter) in parameters.iter().enumerate() {
        if i > 0 {
            out.push(b';');
        }
        number(*parameter, out);
    }
    out.push(last);
}

/// A relative move; a count of 1 is not said.
pub fn relative(count: u16, last: u8, out: &mut Vec<u8>) {
    if count == 1 {
        csi(&[], last, out);
    } else {
        csi(&[count], last, out);
    }
}

/// Absolute move.
pub fn position(x: u16, y: u16, out: &mut Vec<u8>) {
    match (x, y) {
        (0, 0) => csi(&[], b'H', out),
        (0, y) => csi(&[y + 1], b'H', out),
        (x, y) => csi(&[y + 1, x + 1], b'H', out),
    }
}

/// Move to another row in the same column; false if that way is not worth taking. Output is raw: LF keeps the column.
pub fn vertical(from: u16, to: u16, out: &mut Vec<u8>) -> bool {
    if to > from + 4 {
        return false;
    }
    if to >= from {
        out.extend(std::iter::repeat_n(b'\n', usize::from(to - from)));
    } else {
        relative(from - to, b'A', out);
    }
    true
}

/// Move to another column in the same row.
pub fn horizontal(from: u16, to: u16, out: &mut Vec<u8>) {
    if to == from {
    } else if to == 0 {
        out.push(b'\r');
    } else if to > from {
        relative(to - from, b'C', out);
    } else if from - to <= 3 {
        out.extend(std::iter::repeat_n(b'\x08', usize::from(from - to)));
    } else {
        relative(from - to, b'D', out);
    }
}
