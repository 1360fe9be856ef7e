//! Port names of the two switch systems, and their translation (api-machines 4.3).
//!
//! Both systems number lines, four per cage: Cumulus `swpN` is line (N-1)*4 and `swpNsI` is line (N-1)*4+I, SONiC
//! `EthernetL` is line L. This module knows only names, not what is plugged in.

use crate::record::switch::SwitchVendor;
use crate::refusal::Refusal;

/// Lines of one cage: a port that can be broken out into four.
const LINES_PER_CAGE: u32 = 4;

impl SwitchVendor {
    /// Exact spelling; everything else is refused as in api-machines 4.2.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        [Self::Sonic, Self::Cumulus]
            .into_iter()
            .find(|vendor| vendor.as_str() == text)
            .ok_or_else(|| Refusal::unprocessable(format!("unknown switch os vendor {text}")))
    }

    const fn port_prefix(self) -> &'static str {
        match self {
            Self::Sonic => "Ethernet",
            Self::Cumulus => "swp",
        }
    }
}

/// `port` in the naming of vendor `to`. `siblings` are the names of all ports of the port's own switch: they show
/// whether its cage is broken out. Between switches of one vendor a name stays the same.
pub(super) fn translate<'a>(
    port: &str,
    siblings: impl IntoIterator<Item = &'a str>,
    from: SwitchVendor,
    to: SwitchVendor,
) -> Result<String, Refusal> {
    if from == to {
        return Ok(port.to_owned());
    }
    let line = line(port, from)?;
    Ok(match to {
        SwitchVendor::Sonic => format!("Ethernet{line}"),
        SwitchVendor::Cumulus => {
            let (cage, lane) = (line / LINES_PER_CAGE, line % LINES_PER_CAGE);
            let number = u64::from(cage) + 1;
            let mut others = siblings.into_iter().filter_map(|sibling| self::line(sibling, from).ok());
            if lane > 0 || others.any(|other| other != line && other / LINES_PER_CAGE == cage) {
                format!("swp{number}s{lane}")
            } else {
                format!("swp{number}")
            }
        }
    })
}

/// The line of a port.
pub(super) fn line(port: &str, vendor: SwitchVendor) -> Result<u32, Refusal> {
    let prefix = vendor.port_prefix();
    if port.contains('-') {
        return Err(Refusal::unprocessable(format!("invalid token '-' in port name {port}")));
    }
    let Some((before, number)) = port.split_once(prefix) else {
        return Err(invalid(port, &format!("expected to find prefix '{prefix}'")));
    };
    if !before.is_empty() {
        return Err(invalid(port, &format!("port name is expected to start with '{prefix}'")));
    }
    match vendor {
        SwitchVendor::Sonic => whole_number(port, number),
        SwitchVendor::Cumulus => {
            let (number, lane) = number.split_once('s').map_or((number, None), |(n, lane)| (n, Some(lane)));
            let Some(cage) = whole_number(port, number)?.checked_sub(1) else {
                return Err(Refusal::unprocessable(format!(
                    "invalid port name {port} would map to negative number"
                )));
            };
            let lane = lane.map_or(Ok(0), |lane| whole_number(port, lane))?;
            let line = cage.checked_mul(LINES_PER_CAGE).and_then(|line| line.checked_add(lane));
            line.ok_or_else(|| invalid(port, "the port number is too large"))
        }
    }
}

fn whole_number(port: &str, digits: &str) -> Result<u32, Refusal> {
    let number = digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok()).flatten();
    number.ok_or_else(|| invalid(port, &format!("\"{digits}\" is not a port number")))
}

fn invalid(port: &str, why: &str) -> Refusal {
    Refusal::unprocessable(format!("invalid port name {port}, {why}"))
}

#[cfg(test)]
mod tests;
