use juno_domain::Digest;
use proptest::prelude::*;

use crate::{
    AuditError, ConsistencyProof, Frontier, InclusionProof, MerkleTree, TreeHead, empty_root, leaf_hash,
    node_hash, root_of, verify_consistency, verify_inclusion,
};

/// The leaves, roots and proofs that Certificate Transparency implementations test with.
const LEAVES: [&[u8]; 8] = [
    b"",
    b"\x00",
    b"\x10",
    b"\x20\x21",
    b"\x30\x31",
    b"\x40\x41\x42\x43",
    b"\x50\x51\x52\x53\x54\x55\x56\x57",
    b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
];
const ROOTS: [&str; 8] = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];
const N10: &str = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7";
const N23: &str = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e";
const N47: &str = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4";
const N4: &str = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b";
const N67: &str = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0";
const N45: &str = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a";

fn hex(text: &str) -> Digest {
    Digest::from_hex(text).unwrap()
}

fn tree_of(leaves: &[Vec<u8>]) -> MerkleTree {
    let mut tree = MerkleTree::new();
    for (index, leaf) in leaves.iter().enumerate() {
        assert_eq!(tree.append(leaf_hash(leaf)), index as u64);
    }
    tree
}

fn known() -> MerkleTree {
    tree_of(&LEAVES.map(<[u8]>::to_vec))
}

/// The recursive definition of RFC 9162, 2.1.1, word for word.
fn naive_root(leaves: &[Vec<u8>]) -> Digest {
    match leaves {
        [] => empty_root(),
        [leaf] => leaf_hash(leaf),
        _ => {
            let mut k = 1;
            while k * 2 < leaves.len() {
                k *= 2;
            }
            node_hash(&naive_root(&leaves[..k]), &naive_root(&leaves[k..]))
        }
    }
}

/// PATH(m, D[n]) of RFC 9162, 2.1.3.1.
fn naive_path(m: usize, leaves: &[Vec<u8>]) -> Vec<Digest> {
    if leaves.len() == 1 {
        return Vec::new();
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut path, other) = if m < k {
        (naive_path(m, &leaves[..k]), naive_root(&leaves[k..]))
    } else {
        (naive_path(m - k, &leaves[k..]), naive_root(&leaves[..k]))
    };
    path.push(other);
    path
}

/// SUBPROOF(m, D[n], b) of RFC 9162, 2.1.4.1.
fn naive_subproof(m: usize, leaves: &[Vec<u8>], whole: bool) -> Vec<Digest> {
    if m == leaves.len() {
        return if whole { Vec::new() } else { vec![naive_root(leaves)] };
    }
    let k = leaves.len().next_power_of_two() / 2;
    let (mut path, other) = if m <= k {
        (naive_subproof(m, &leaves[..k], whole), naive_root(&leaves[k..]))
    } else {
        (naive_subproof(m - k, &leaves[k..], false), naive_root(&leaves[..k]))
    };
    path.push(other);
    path
}

#[test]
fn roots_are_those_of_certificate_transparency() {
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(TreeHead::empty().root, hex(empty));
    assert_eq!(MerkleTree::new().head(), TreeHead::empty());
    assert_eq!(Frontier::new().head(), TreeHead::empty());
    let (tree, mut frontier) = (known(), Frontier::new());
    for (size, root) in (1..).zip(ROOTS) {
        frontier.append(leaf_hash(LEAVES[size - 1]));
        assert_eq!(frontier.root(), hex(root));
        assert_eq!(root_of(&LEAVES[..size]), hex(root));
        assert_eq!(tree.root_at(size as u64).unwrap(), hex(root));
    }
}

#[test]
fn inclusion_proofs_are_those_of_certificate_transparency() {
    for (index, size, path) in [
        (0, 1, &[][..]),
        (0, 8, &[N10, N23, N47]),
        (5, 8, &[N4, N67, ROOTS[3]]),
        (2, 3, &[ROOTS[1]]),
        (1, 5, &[ROOTS[0], N23, N4]),
    ] {
        let path: Vec<Digest> = path.iter().map(|text| hex(text)).collect();
        assert_eq!(known().inclusion_proof(index, size).unwrap(), InclusionProof { index, size, path });
    }
}

#[test]
fn consistency_proofs_are_those_of_certificate_transparency() {
    for (older, newer, path) in
        [(1, 1, &[][..]), (1, 8, &[N10, N23, N47]), (6, 8, &[N45, N67, ROOTS[3]]), (2, 5, &[N23, N4])]
    {
        let path: Vec<Digest> = path.iter().map(|text| hex(text)).collect();
        let proof = ConsistencyProof { older, newer, path };
        assert_eq!(known().consistency_proof(older, newer).unwrap(), proof);
    }
}

#[test]
fn a_leaf_never_passes_as_a_node() {
    let (a, b) = (leaf_hash(b"a"), leaf_hash(b"b"));
    let joined = [&a.0[..], &b.0[..]].concat();
    assert_ne!(root_of([joined]), root_of(["a", "b"]));
}

#[test]
fn every_proof_of_every_tree_up_to_40_leaves_verifies_and_follows_the_definition() {
    let leaves: Vec<Vec<u8>> = (0..40_u8).map(|n| vec![n; n as usize % 5]).collect();
    let tree = tree_of(&leaves);
    let head = |size: usize| TreeHead { size: size as u64, root: naive_root(&leaves[..size]) };
    for size in 0..=leaves.len() {
        assert_eq!(tree.root_at(size as u64).unwrap(), head(size).root);
        for index in 0..size {
            let proof = tree.inclusion_proof(index as u64, size as u64).unwrap();
            assert_eq!(proof.path, naive_path(index, &leaves[..size]));
            assert!(verify_inclusion(&proof, &leaf_hash(&leaves[index]), &head(size)));
        }
        for older in 0..=size {
            let proof = tree.consistency_proof(older as u64, size as u64).unwrap();
            let path = if older == 0 { Vec::new() } else { naive_subproof(older, &leaves[..size], true) };
            assert_eq!(proof.path, path);
            assert!(verify_consistency(&proof, &head(older), &head(size)));
        }
    }
}

#[test]
fn what_the_tree_does_not_have_is_out_of_range() {
    let tree = known();
    let out = |result: Result<(), AuditError>| matches!(result, Err(AuditError::OutOfRange { .. }));
    assert!(out(tree.root_at(9).map(drop)));
    assert!(out(tree.inclusion_proof(8, 8).map(drop)));
    assert!(out(tree.inclusion_proof(0, 0).map(drop)));
    assert!(out(tree.inclusion_proof(0, 9).map(drop)));
    assert!(out(tree.consistency_proof(5, 4).map(drop)));
    assert!(out(tree.consistency_proof(0, u64::MAX).map(drop)));
}

#[test]
fn a_frontier_with_the_wrong_number_of_digests_is_refused() {
    let node = leaf_hash(b"x");
    for (size, nodes) in [(0, 1), (1, 0), (3, 1), (4, 2), (u64::MAX, 64), (1 << 63, 1)] {
        assert!(matches!(Frontier::from_parts(size, vec![node; nodes]), Err(AuditError::Frontier { .. })));
    }
    assert!(serde_json::from_str::<Frontier>(r#"{"size":3,"nodes":[]}"#).is_err());
}

fn some_leaves() -> impl Strategy<Value = Vec<Vec<u8>>> {
    prop::collection::vec(prop::collection::vec(any::<u8>(), 0..6), 0..70)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_root_grown_leaf_by_leaf_is_the_root_by_definition(leaves in some_leaves()) {
        let naive = naive_root(&leaves);
        prop_assert_eq!(root_of(&leaves), naive);
        prop_assert_eq!(tree_of(&leaves).head(), TreeHead { size: leaves.len() as u64, root: naive });
    }

    #[test]
    fn a_tree_cut_back_is_the_tree_it_was(leaves in some_leaves(), cut in any::<prop::sample::Index>()) {
        let size = cut.index(leaves.len() + 1);
        let mut tree = tree_of(&leaves);
        tree.truncate(size as u64);
        prop_assert_eq!(tree.head(), TreeHead { size: size as u64, root: naive_root(&leaves[..size]) });
        leaves[size..].iter().for_each(|leaf| { tree.append(leaf_hash(leaf)); });
        prop_assert_eq!(tree.head().root, naive_root(&leaves));
    }

    #[test]
    fn a_frontier_survives_being_stored_at_any_point(leaves in some_leaves(), cut in any::<prop::sample::Index>()) {
        let (first, rest) = leaves.split_at(cut.index(leaves.len() + 1));
        let mut frontier = Frontier::new();
        first.iter().for_each(|leaf| { frontier.append(leaf_hash(leaf)); });
        let text = serde_json::to_string(&frontier).unwrap();
        let mut restored: Frontier = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(&restored, &frontier);
        prop_assert_eq!(&Frontier::from_parts(frontier.size(), frontier.nodes().to_vec()).unwrap(), &frontier);
        rest.iter().for_each(|leaf| { restored.append(leaf_hash(leaf)); });
        prop_assert_eq!(restored.root(), naive_root(&leaves));
    }

    #[test]
    fn a_changed_proof_shows_nothing(
        leaves in some_leaves().prop_filter("two or more", |leaves| leaves.len() > 1),
        pick in any::<prop::sample::Index>(),
        edit in any::<prop::sample::Index>(),
        bit in 0..256_usize,
    ) {
        let (tree, size) = (tree_of(&leaves), leaves.len() as u64);
        let (head, index) = (tree.head(), pick.index(leaves.len()));
        let leaf = leaf_hash(&leaves[index]);
        let flip = |digest: &Digest| {
            let mut digest = *digest;
            digest.0[bit / 8] ^= 1 << (bit % 8);
            digest
        };

        let proof = tree.inclusion_proof(index as u64, size).unwrap();
        prop_assert!(verify_inclusion(&proof, &leaf, &head));
        prop_assert!(!verify_inclusion(&proof, &flip(&leaf), &head));
        let other_head = TreeHead { root: flip(&head.root), ..head };
        prop_assert!(!verify_inclusion(&proof, &leaf, &other_head));
        for other in 0..size + 2 {
            let moved = InclusionProof { index: other, ..proof.clone() };
            // Equal leaves may truly lie in both places; then the neighbours must be equal too.
            let fits = tree.inclusion_proof(other, size).is_ok_and(|real| real.path == proof.path)
                && leaves.get(other as usize) == leaves.get(index);
            prop_assert_eq!(verify_inclusion(&moved, &leaf, &head), fits);
        }
        let mut bad = proof.clone();
        let at = edit.index(bad.path.len());
        bad.path[at] = flip(&bad.path[at]);
        prop_assert!(!verify_inclusion(&bad, &leaf, &head));
        bad.path.remove(at);
        prop_assert!(!verify_inclusion(&bad, &leaf, &head));
        let longer = InclusionProof { path: [proof.path.as_slice(), &[leaf]].concat(), ..proof };
        prop_assert!(!verify_inclusion(&longer, &leaf, &head));

        let older = pick.index(leaves.len()) as u64;
        let older_head = TreeHead { size: older, root: tree.root_at(older).unwrap() };
        let proof = tree.consistency_proof(older, size).unwrap();
        prop_assert!(verify_consistency(&proof, &older_head, &head));
        let other_older = TreeHead { root: flip(&older_head.root), ..older_head };
        prop_assert!(!verify_consistency(&proof, &other_older, &head));
        prop_assert_eq!(verify_consistency(&proof, &older_head, &other_head), older == 0);
        let longer = ConsistencyProof { path: [proof.path.as_slice(), &[leaf]].concat(), ..proof.clone() };
        prop_assert!(!verify_consistency(&longer, &older_head, &head));
        for at in 0..proof.path.len() {
            let mut bad = proof.clone();
            bad.path[at] = flip(&bad.path[at]);
            prop_assert!(!verify_consistency(&bad, &older_head, &head));
            bad.path.remove(at);
            prop_assert!(!verify_consistency(&bad, &older_head, &head));
        }
    }

    #[test]
    fn any_numbers_in_a_proof_only_fail(
        index in any::<u64>(), size in any::<u64>(), older in any::<u64>(), nodes in 0..70_usize,
    ) {
        let node = leaf_hash(b"x");
        let path = vec![node; nodes];
        let head = TreeHead { size, root: node_hash(&node, &node) };
        let inclusion = InclusionProof { index, size, path: path.clone() };
        prop_assert!(!verify_inclusion(&inclusion, &empty_root(), &head));
        let proof = ConsistencyProof { older, newer: size, path };
        let older = TreeHead { size: older, root: empty_root() };
        prop_assert!(!verify_consistency(&proof, &older, &head));
    }
}
